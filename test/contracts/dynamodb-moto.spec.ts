import { describe } from 'vitest';
import { openConnectors, openShardLeases } from '../support/dynamodb-adapters.js';
import { connectorsContract } from './connectors.contract.js';
import { shardLeasesContract } from './shard-leases.contract.js';

/** An independent judge of what we take DynamoDB for; `.ci/run` starts it. It has threads and no lock: no judge of races. */
const url = process.env['MOTO_SERVER_URL'];
const name = url === undefined ? 'moto, which is not asked for (MOTO_SERVER_URL)' : 'moto';
const endpoint = { url: url ?? '', region: 'us-east-1', accessKeyId: 'penstock', secretAccessKey: 'penstock-local' };

describe.skipIf(url === undefined)(name, () => {
  shardLeasesContract(name, async () => ({ ...openShardLeases(endpoint), lacks: ['atomic conditions'] }));
  connectorsContract(name, async () => ({ ...(await openConnectors(endpoint)), lacks: ['atomic conditions'] }));
});
