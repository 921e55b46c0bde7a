import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { EmbeddedEngines, EngineEndpoint, EngineName } from '../../src/infrastructure/embedded/engines.js';
import { SupervisedEngines } from '../../src/infrastructure/embedded/supervised-engines.js';

/** The engines all specs of this run share. Isolate by names: `uniqueName`, `freshDatabase`. Never closed by a spec. */
export const engines: EmbeddedEngines = new SupervisedEngines({
  home: inject('enginesHome'),
  startTimeoutMs: 120_000,
});

export function engine(name: EngineName): Promise<EngineEndpoint> {
  return engines.endpoint(name);
}

/** A name that no other spec uses: `events_3f9c…`, an identifier everywhere. */
export function uniqueName(stem: string): string {
  return `${stem}_${randomBytes(6).toString('hex')}`;
}

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** What a fresh database starts with: prepared once per run, then copied, which takes milliseconds. */
export interface DatabaseTemplate {
  readonly name: string;
  readonly prepare: (url: string) => Promise<void>;
}

/** A PostgreSQL database of one's own, empty or a copy of a template. */
export async function freshDatabase(template?: DatabaseTemplate): Promise<FreshDatabase> {
  if (template) await prepareOnce(template);
  const name = uniqueName('test');
  const source = template ? ` TEMPLATE ${pg.escapeIdentifier(template.name)}` : '';
  await administer((client) => client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}${source}`));
  return {
    url: await databaseUrl(name),
    drop: async () => {
      await administer((client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`));
    },
  };
}

async function prepareOnce({ name, prepare }: DatabaseTemplate): Promise<void> {
  await administer(async (client) => {
    // Workers race; the lock ends with the connection, also when its worker dies.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    // Under another name until it is complete.
    const draft = uniqueName('draft');
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(draft)}`);
    await prepare(await databaseUrl(draft));
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(draft)} RENAME TO ${pg.escapeIdentifier(name)}`);
  });
}

async function databaseUrl(name: string): Promise<string> {
  const url = new URL((await engine('postgres')).url);
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: (await engine('postgres')).url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
