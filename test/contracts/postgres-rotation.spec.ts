import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresMigrationLock } from '../../src/infrastructure/postgres/postgres-migration-lock.js';
import { type PostgresAddress, postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { SecretAddress } from '../../src/infrastructure/postgres/secret-address.js';
import { engineOf, freshName } from '../support/engine-of.js';
import { openSecretStore } from '../support/secret-stores.js';
import type { SecretStoreHarness } from './secret-store.contract.js';
import { until } from '../support/until.js';

const SECRET = freshName('app/db');
const ROLE = freshName('rotated');
/** What `postgresAddress` makes where a secret is named; its value would else stay for minutes. */
const MAX_AGE_MS = 600_000;

let admin: Client;
let store: SecretStoreHarness;
let pool: PostgresPool;
let address: PostgresAddress;
beforeAll(async () => {
  const [postgres, secrets] = [await engineOf('postgres'), await engineOf('secrets')];
  admin = new Client({ connectionString: postgresUrl(postgres) });
  await admin.connect();
  await admin.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'first'`);
  store = openSecretStore(secrets, true);
  // As RDS has it: user and password alone, the rest is in the settings.
  await store.write(SECRET, JSON.stringify({ username: ROLE, password: 'first' }));
  const { url, database = '' } = postgres;
  const secret = new SecretAddress(store.secrets, {
    id: SECRET,
    otherwise: { url: new URL('/', url).href, database },
    maxAgeMs: MAX_AGE_MS,
    nowMs: Date.now,
  });
  address = (refused) => secret.endpoint(refused);
  pool = new PostgresPool(address, { poolSize: 3, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await pool.close();
  await admin.end();
  await store.close();
});

const who = async (): Promise<string> =>
  (await pool.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name ?? '';

async function rotate(password: string): Promise<void> {
  await admin.query(`ALTER ROLE ${ROLE} PASSWORD '${password}'`);
  await store.write(SECRET, JSON.stringify({ username: ROLE, password }));
  // Connections that are open stay open through a rotation; these here have to be made anew.
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [ROLE]);
}

it('goes on through a rotation of the password, without a restart', async () => {
  expect(await who()).toBe(ROLE);
  for (const password of ['second', 'third']) {
    await rotate(password);
    // A value is not read again within the second in which it was read.
    const answers = await until(
      () => Promise.all([who(), who(), who()]).catch(() => []),
      (names) => names.length > 0,
    );
    expect(answers).toEqual([ROLE, ROLE, ROLE]);
  }
});

it('lets migrations in as well', async () => {
  await rotate('fourth');
  const held = await until(
    () => new PostgresMigrationLock(address).hold(async () => true).catch(() => false),
    (isHeld) => isHeld,
  );
  expect(held).toBe(true);
});

it('says that the credentials are refused, and not which', async () => {
  await store.write(SECRET, JSON.stringify({ username: ROLE, password: 'word-of-nobody' }));
  const wrong = new SecretAddress(store.secrets, {
    id: SECRET,
    otherwise: await address(),
    maxAgeMs: MAX_AGE_MS,
    nowMs: Date.now,
  });
  const refused = new PostgresPool(() => wrong.endpoint(), { poolSize: 1, statementTimeoutMs: 20_000 });
  const failure = (await refused.query('SELECT 1').catch((error: unknown) => error)) as Error;
  expect(failure).toMatchObject({ code: 'database.unreachable', message: expect.stringContaining('credentials') });
  expect(failure.message).not.toContain('word-of-nobody');
  await refused.close();
});
