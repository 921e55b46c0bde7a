import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import type { GuardedStatement } from '../../src/domain/workflow-gateway/guarded-statement.js';
import type { AuditEntry } from '../../src/domain/workflow-gateway/audit-entry.js';
import { ColumnTypes } from '../../src/infrastructure/postgres/guarded/column-types.js';
import { GuardedPool } from '../../src/infrastructure/postgres/guarded/guarded-pool.js';
import {
  PostgresGuardedStatements,
  type PostgresGuardOptions,
} from '../../src/infrastructure/postgres/guarded/postgres-guarded-statements.js';
import { PostgresQueryAudit } from '../../src/infrastructure/postgres/guarded/postgres-query-audit.js';
import { PostgresWarehouseCatalog } from '../../src/infrastructure/postgres/guarded/postgres-warehouse-catalog.js';
import { RoutineCheck } from '../../src/infrastructure/postgres/guarded/routine-check.js';
import { StatementParser } from '../../src/infrastructure/postgres/guarded/statement-parser.js';
import { postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { engineOf, freshName } from './engine-of.js';

export const NOWHERE = 'postgres://nobody@127.0.0.1:9/none';

export interface GuardedDatabase {
  /** As the service's user, which may do everything. */
  readonly url: string;
  readonly name: string;
  /** A client of that user. */
  readonly admin: Client;
  statements(options?: Partial<PostgresGuardOptions> & { allowed?: string[]; url?: string }): PostgresGuardedStatements;
  catalog(url?: string): PostgresWarehouseCatalog;
  audit(url?: string): PostgresQueryAudit;
  /** Connections of guarded statements, as the pools have them. */
  pools(): readonly GuardedPool[];
  close(): Promise<void>;
}

/** A database of its own with what the migrations make, and the adapters of guarded SQL on it. */
export async function guardedDatabase(): Promise<GuardedDatabase> {
  const endpoint = await engineOf('postgres');
  const name = freshName('guarded');
  await withClient(postgresUrl(endpoint), (client) => client.query(`CREATE DATABASE ${name}`));
  const url = postgresUrl({ ...endpoint, database: name });
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await migrate(admin);
  const guarded: GuardedPool[] = [];
  const plain: PostgresPool[] = [];
  const types = new ColumnTypes();
  const byUrl = new Map<string, GuardedPool>();
  const pool = (at: string): GuardedPool => {
    const made = byUrl.get(at) ?? new GuardedPool(async () => ({ url: at }), { size: 4 });
    if (!byUrl.has(at)) guarded.push(made);
    byUrl.set(at, made);
    return made;
  };
  return {
    url,
    name,
    admin,
    statements: ({ allowed = [], url: at = url, ...options } = {}) => {
      const parts = {
        pool: pool(at),
        types,
        parser: new StatementParser(),
        routines: new RoutineCheck(new Set(allowed)),
      };
      return new PostgresGuardedStatements(parts, { lockTimeoutMs: 500, maxTempBytes: 50_000_000, ...options });
    },
    catalog: (at = url) =>
      new PostgresWarehouseCatalog(pool(at), types, {
        timeoutMs: 20_000,
        lockTimeoutMs: 5000,
        maxTempBytes: 50_000_000,
        maxBytes: 10_000_000,
      }),
    audit: (at = url) => {
      const made = new PostgresPool(async () => ({ url: at }), { poolSize: 3, statementTimeoutMs: 20_000 });
      plain.push(made);
      return new PostgresQueryAudit(made);
    },
    pools: () => guarded,
    close: async () => {
      await Promise.all([...guarded, ...plain].map((each) => each.close()));
      await admin.end();
    },
  };
}

/** Each in a transaction of its own, as the service does it. */
export async function migrate(client: Client): Promise<void> {
  const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner; // all that they use of it
  for (const migration of POSTGRES_MIGRATIONS) {
    await client.query('BEGIN');
    await new migration().up(runner);
    await client.query('COMMIT');
  }
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const NEVER = new AbortController().signal;

export function statement(sql: string, change: Partial<GuardedStatement> = {}): GuardedStatement {
  return {
    sql,
    parameters: [],
    timeoutMs: 20_000,
    maxRows: 100,
    maxBytes: 1_000_000,
    offset: 0,
    signal: NEVER,
    ...change,
  };
}

export function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    requestId: 'request-1',
    caller: 'tester',
    engine: 'postgres',
    mode: 'read',
    isDryRun: false,
    statement: 'SELECT ?',
    sha256: 'a'.repeat(64),
    parameterTypes: ['number', 'string'],
    outcome: 'ok',
    rows: 1,
    durationMs: 2,
    ...change,
  };
}
