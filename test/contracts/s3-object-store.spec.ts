import { freshName, NOBODY } from '../support/engine-of.js';
import { bucketOf, foreignClient, storeAt } from '../support/s3-adapters.js';
import { IDENTITY, REGION } from '../support/aws-identity.js';
import { openOwnS3 } from '../support/s3-engines.js';
import { objectStoreContract } from './object-store.contract.js';

objectStoreContract('S3 (embedded)', async () => {
  const own = await openOwnS3();
  const endpoint = { url: own.url, ...IDENTITY, region: REGION };
  const name = freshName('objects').replaceAll('_', '-');
  const client = foreignClient(endpoint);
  const bucket = bucketOf(client, name);
  const [ours, others] = [storeAt(endpoint, name, { target: { createBucket: true } }), storeAt(endpoint, name)];
  const bucketless = storeAt(endpoint, `${name}-not`);
  const refused = storeAt({ ...endpoint, secretAccessKey: 'wrong' }, name);
  const unreachable = storeAt(NOBODY, name, { maxAttempts: 1 });
  await ours.store.list({ limit: 1 });
  return {
    ...bucket,
    store: ours.store,
    others: others.store,
    bucketless: bucketless.store,
    refused: refused.store,
    unreachable: unreachable.store,
    moved: (way) => ours.metrics.of('penstock_object_bytes_total', way),
    close: async () => {
      client.destroy();
      for (const { connection } of [ours, others, bucketless, refused, unreachable]) connection.close();
      await own.close();
    },
  };
});
