import { describe, it } from 'vitest';
import { kinesisClient } from '../support/kinesis-client.js';
import { kinesisContract } from './kinesis-endpoint.contract.js';

const url = process.env['MOTO_SERVER_URL'];

if (url) {
  kinesisContract('moto', async () => {
    const client = kinesisClient(url);
    return { client, close: async () => client.destroy() };
  });
} else describe('Kinesis on moto', () => it.skip('is not asked for: set MOTO_SERVER_URL', () => undefined));
