import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { REGION } from '../../test/support/aws-identity.js';

export interface KinesisAddress {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Unlike the tests' client it tries again: between two rounds a connection may have been closed for idleness. */
export function connectKinesis({ url, ...credentials }: KinesisAddress): KinesisClient {
  return new KinesisClient({ endpoint: url, region: REGION, credentials, requestHandler: new NodeHttpHandler() });
}
