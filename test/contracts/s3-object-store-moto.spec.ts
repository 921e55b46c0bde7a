import { freshName, NOBODY } from '../support/engine-of.js';
import { bucketOf, foreignClient, storeAt } from '../support/s3-adapters.js';
import { objectStoreContract, type ObjectStoreHarness } from './object-store.contract.js';

const url = process.env['MOTO_SERVER_URL'];

objectStoreContract(url ? 'moto' : 'moto, which is not asked for (MOTO_SERVER_URL)', url ? () => open(url) : undefined);

async function open(endpointUrl: string): Promise<ObjectStoreHarness> {
  const endpoint = { url: endpointUrl, accessKeyId: 'any', secretAccessKey: 'any', region: 'us-east-1' };
  const name = freshName('objects').replaceAll('_', '-');
  const client = foreignClient(endpoint);
  const bucket = bucketOf(client, name);
  await bucket.create();
  const [ours, others] = [storeAt(endpoint, name), storeAt(endpoint, name)];
  const [bucketless, unreachable] = [storeAt(endpoint, `${name}-not`), storeAt(NOBODY, name, { maxAttempts: 1 })];
  return {
    ...bucket,
    store: ours.store,
    others: others.store,
    bucketless: bucketless.store,
    unreachable: unreachable.store,
    moved: (way) => ours.metrics.of('penstock_object_bytes_total', way),
    // It decides conditions first and stores later, so racers pass it; and its router takes no line feed in a key.
    lacks: ['atomic conditions', 'control characters'],
    close: async () => {
      client.destroy();
      for (const { connection } of [ours, others, bucketless, unreachable]) connection.close();
    },
  };
}
