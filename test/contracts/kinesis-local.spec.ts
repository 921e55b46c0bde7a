import { kinesisLocalFolder, startKinesisLocal } from '../support/kinesis-engines.js';
import { fullKinesisContract, kinesisContract } from './kinesis-endpoint.contract.js';

const folder = kinesisLocalFolder();
const name = folder ? 'kinesis-local' : 'kinesis-local, which is not installed (npm install kinesis-local)';
const open = folder ? () => startKinesisLocal(folder) : undefined;

kinesisContract(name, open);
fullKinesisContract(name, open);
