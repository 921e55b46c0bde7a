import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { IDENTITY, REGION } from './aws-identity.js';

// Before the first client is made, or it says on every Node 20 that Node 20 will end.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** One attempt: what fails is to be seen. */
export function s3Client(endpoint: string, credentials = IDENTITY, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint,
    region: REGION,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5000 }),
    ...config,
  });
}
