import { afterAll, beforeAll, expect, it } from 'vitest';
import { Household, until } from '../chaos/household.js';

/** After as many crashes in a row an engine is given up. */
const CRASHES = 5;
const PATIENCE_MS = 20_000;

let household: Household;

beforeAll(async () => {
  household = await Household.found({});
}, 60_000);

afterAll(() => household.close(), 60_000);

it('an engine that was given up is back with the next need of it', { timeout: 60_000 }, async () => {
  const api = await household.serve({ WORKERS: 'off' });
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    await until(() => household.engineProcess('dynamodb') !== undefined, PATIENCE_MS, 'the engine to be back');
    const engine = household.engineProcess('dynamodb')!;
    process.kill(engine, 'SIGKILL');
    await until(() => household.engineProcess('dynamodb') !== engine, PATIENCE_MS, 'the engine to be gone');
  }
  const isServed = async (): Promise<boolean> => (await fetch(new URL('/api/connectors', api.url))).ok;
  await until(isServed, PATIENCE_MS, 'the connectors, which DynamoDB keeps');
  expect(household.engineProcess('dynamodb')).toBeDefined();
});
