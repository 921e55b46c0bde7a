import { describe } from 'vitest';
import { openConnectors, openShardLeases } from '../support/dynamodb-adapters.js';
import { connectorsContract } from './connectors.contract.js';
import { shardLeasesContract } from './shard-leases.contract.js';

/** An independent judge of what we take DynamoDB for; `.ci/run` starts it. */
const url = process.env['MOTO_SERVER_URL'];
const name = url === undefined ? 'moto, which is not asked for (MOTO_SERVER_URL)' : 'moto';
const endpoint = { url: url ?? '', region: 'us-east-1', accessKeyId: 'penstock', secretAccessKey: 'penstock-local' };

describe.skipIf(url === undefined)(name, () => {
  shardLeasesContract(name, () => Promise.resolve(openShardLeases(endpoint)));
  connectorsContract(name, () => openConnectors(endpoint));
});
