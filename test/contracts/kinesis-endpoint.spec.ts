import { openOwnEndpoint } from '../support/kinesis-engines.js';
import { fullKinesisContract, kinesisContract } from './kinesis-endpoint.contract.js';

kinesisContract('the embedded endpoint', () => openOwnEndpoint());
fullKinesisContract('the embedded endpoint', () => openOwnEndpoint());
