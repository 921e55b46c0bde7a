import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../support/s3-client.js';
import { s3Contract, type S3Harness } from './s3-endpoint.contract.js';

const url = process.env['MOTO_SERVER_URL'];

/** What moto 5.2.5 does otherwise than S3 has it documented. */
const CANNOT = [
  'must have a legal name',
  'are deleted without a word where that is wanted',
  'do not take more than 2 KB of metadata',
  'tell their attributes',
  'may be anything that is UTF-8',
  'are listed as they are',
  'are not longer than 1024 bytes',
  'put ETags above dates',
  'are passed over when they are malformed, or several',
  'are passed over when they are not of bytes',
  'refuse a token that nobody gave',
  'go on in their first version too',
  'hold the source against its ETag',
  'hold the source against dates',
  'hold the destination against conditions',
  'are ten at most, each once',
  'by CRC32 are checked',
  'by CRC32C are checked',
  'by CRC64NVME are checked',
  'by SHA1 are checked',
  'by SHA256 are checked',
  'by MD5 are checked',
  'are read part by part',
  'refuse parts out of order, and no parts at all',
  'refuse numbers beyond 10,000',
  'are gone when they are aborted',
  'belong to one key',
  'are folded in listings by a delimiter',
  'hold their completion against conditions',
  'are refused when they are not as large as was said',
  'copy nothing of what is not as it is thought to be',
  'refuse ranges that are not in the source',
  'have a checksum made of those of the parts',
  'have the checksum of the whole object where it is asked for',
  'do not mix checksums',
  'are worth nothing for anything else',
  'end when they are said to',
];

s3Contract(url ? 'moto' : 'moto, which is not asked for (MOTO_SERVER_URL)', url ? () => open(url) : undefined, {
  cannot: CANNOT,
  racy: true,
});

async function open(endpoint: string): Promise<S3Harness> {
  const client = s3Client(endpoint);
  const bucket = `contract-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { client, bucket, close: async () => client.destroy() };
}
