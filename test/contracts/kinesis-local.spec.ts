import { describe, it } from 'vitest';
import { kinesisLocalFolder, startKinesisLocal } from '../support/kinesis-engines.js';
import { fullKinesisContract, kinesisContract } from './kinesis-endpoint.contract.js';

const folder = kinesisLocalFolder();

if (folder) {
  kinesisContract('kinesis-local', () => startKinesisLocal(folder));
  fullKinesisContract('kinesis-local', () => startKinesisLocal(folder));
} else
  describe('Kinesis on kinesis-local', () => it.skip('is not installed: npm install kinesis-local', () => undefined));
