/** The DynamoDB engine's process. */
import { join } from 'node:path';
import { type EngineArguments, engineArguments, runEngine } from '../engine-child.js';
import { DynaliteEngine } from './dynalite-engine.js';
import { DynamoDbEndpoint, type DynamoIdentity } from './dynamodb-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...identity } = engineArguments() as EngineArguments & DynamoIdentity;
  const engine = new DynaliteEngine(join(dir, 'tables'), (request) => {
    process.stderr.write(`${request} was not answered; ending, to be started again\n`);
    process.exit(1);
  });
  await engine.check();
  const endpoint = new DynamoDbEndpoint(engine, identity);
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
