import { describe, expect, it } from 'vitest';
import { AwsSettings } from '../../../../src/infrastructure/config/aws.settings.js';
import { S3Settings } from '../../../../src/infrastructure/config/s3.settings.js';
import { readAll } from '../../../../src/infrastructure/config/settings.js';
import type { EmbeddedEngines } from '../../../../src/infrastructure/embedded/engines.js';
import { isConfigured, s3Address } from '../../../../src/infrastructure/s3/s3-address.js';

const EMBEDDED = { url: 'http://127.0.0.1:1234', accessKeyId: 'penstock', secretAccessKey: 's', region: 'us-east-1' };
const engines: EmbeddedEngines = { endpoint: async () => EMBEDDED, close: async () => undefined };
const KEYS = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret', S3_BUCKET_NAME: 'my-bucket' };
const settingsOf = (environment: Record<string, string>) => {
  const all = readAll(environment);
  return [all.get(S3Settings), all.get(AwsSettings)] as const;
};
const target = (environment: Record<string, string>) => s3Address(...settingsOf(environment), engines)();

describe('the store', () => {
  it('is embedded where nothing is set, with a bucket that is made', async () => {
    expect(await target({})).toMatchObject({ ...EMBEDDED, bucket: 'penstock', createBucket: true, conditions: 'kept' });
    expect(await target({ S3_BUCKET_NAME: 'other' })).toMatchObject({ ...EMBEDDED, bucket: 'other' });
  });

  it.each(['', 'https://s3.amazonaws.com', 'https://s3.eu-central-1.amazonaws.com'])(
    'is AWS by keys and no endpoint but its own: %j',
    async (S3_ENDPOINT_URL) => {
      const aws = await target({ ...KEYS, S3_REGION: 'eu-central-1', S3_ENDPOINT_URL });
      const expected = { bucket: 'my-bucket', region: 'eu-central-1', createBucket: false, pathStyle: false };
      expect(aws).toMatchObject({ ...expected, accessKeyId: 'id', conditions: 'kept' });
      expect(aws).not.toHaveProperty('url');
    },
  );

  it('is another one by its endpoint, whose conditions are tried out first', async () => {
    const S3_ENDPOINT_URL = 'https://minio.example:9000';
    expect(await target({ ...KEYS, S3_ENDPOINT_URL })).toMatchObject({
      url: S3_ENDPOINT_URL,
      pathStyle: true,
      conditions: 'untried',
    });
    const unguarded = await target({ ...KEYS, S3_ENDPOINT_URL, S3_CONDITIONAL_WRITES: 'off', S3_PATH_STYLE: 'off' });
    expect(unguarded).toMatchObject({ conditions: 'omitted', pathStyle: false });
  });

  it('is that of the AWS identity where a bucket is named, and otherwise not used', async () => {
    const identity = { AWS_ACCESS_KEY_ID: 'aws', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
    expect(await target({ ...identity, S3_BUCKET_NAME: 'my-bucket' })).toMatchObject({
      accessKeyId: 'aws',
      region: 'eu-west-1',
    });
    await expect(target(identity)).rejects.toMatchObject({ code: 'bucket.unknown' });
    expect(isConfigured(...settingsOf(identity))).toBe(false);
    expect(isConfigured(...settingsOf({}))).toBe(true);
  });

  it.each([
    [{ S3_ACCESS_KEY_ID: 'id', S3_BUCKET_NAME: 'b-1' }, ['S3_SECRET_ACCESS_KEY']],
    [{ S3_SECRET_ACCESS_KEY: 's', S3_BUCKET_NAME: 'b-1' }, ['S3_ACCESS_KEY_ID']],
    [{ S3_ENDPOINT_URL: 'http://store.example' }, ['S3_BUCKET_NAME']],
    [{ S3_BUCKET_NAME: 'No_Bucket', S3_REGION: 'moon base' }, ['S3_REGION', 'S3_BUCKET_NAME']],
  ])('is told from half a one before anything starts: %j', (environment, paths) => {
    const read = () => readAll(environment);
    expect(read).toThrow(expect.objectContaining({ code: 'settings.invalid' }));
    try {
      read();
    } catch (error) {
      expect((error as { faults: { path: string }[] }).faults.map(({ path }) => path)).toEqual(paths);
    }
  });
});
