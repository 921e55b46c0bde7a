import { openConnectors } from '../support/dynamodb-adapters.js';
import { engineOf } from '../support/engine-of.js';
import { connectorsContract } from './connectors.contract.js';

connectorsContract('DynamoDB (embedded)', async () => openConnectors(await engineOf('dynamodb')));
