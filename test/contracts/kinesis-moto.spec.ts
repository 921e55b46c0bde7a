import { kinesisClient } from '../support/kinesis-client.js';
import { kinesisContract, type KinesisHarness } from './kinesis-endpoint.contract.js';

const url = process.env['MOTO_SERVER_URL'];

kinesisContract(url ? 'moto' : 'moto, which is not asked for (MOTO_SERVER_URL)', url ? () => open(url) : undefined);

async function open(endpoint: string): Promise<KinesisHarness> {
  const client = kinesisClient(endpoint);
  return { client, close: async () => client.destroy() };
}
