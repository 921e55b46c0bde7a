import { engineOf } from '../support/engine-of.js';
import { openRunLog } from '../support/dynamodb-adapters.js';
import { runLogContract } from './run-log.contract.js';

runLogContract('DynamoDB (embedded)', async () => openRunLog(await engineOf('dynamodb')));
