import { DatabaseError, Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import { isUnreachable } from './migration-session.js';
import { type PostgresAddress, postgresUrl } from './postgres-address.js';

export interface PostgresPoolOptions {
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
/** A statement that its server does not end in time is given up by the client a little later. */
const GRACE_MS = 2000;

/** The connections of this process to PostgreSQL, opened on first use. */
export class PostgresPool {
  private current: { readonly url: string; readonly pool: Pool } | undefined;

  constructor(
    private readonly address: PostgresAddress,
    private readonly options: PostgresPoolOptions,
  ) {}

  /** @throws PenstockError `database.unreachable`; errors of the statement itself pass as they are */
  async query<R extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<QueryResult<R>> {
    try {
      return await (await this.open()).query<R>(sql, [...values]);
    } catch (cause) {
      throw translate(cause);
    }
  }

  /** All of `work`, or nothing of it. @throws PenstockError `database.unreachable` */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      await client.query('BEGIN');
      const value = await work(client);
      await client.query('COMMIT');
      client.release();
      return value;
    } catch (cause) {
      // A connection that cannot even roll back is not given to anybody else.
      await client.query('ROLLBACK').then(
        () => client.release(),
        () => client.release(true),
      );
      throw translate(cause);
    }
  }

  /** Whether PostgreSQL answers. @throws PenstockError `database.unreachable` */
  async check(): Promise<void> {
    await this.query('SELECT 1');
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.pool.end();
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await (await this.open()).connect();
    } catch (cause) {
      throw translate(cause);
    }
  }

  private async open(): Promise<Pool> {
    const url = postgresUrl(await this.address());
    if (this.current?.url === url) return this.current.pool;
    // It has moved. Who still works on the former connections is let finish, or fail.
    this.current?.pool.end().catch(() => undefined);
    this.current = { url, pool: this.create(url) };
    return this.current.pool;
  }

  private create(connectionString: string): Pool {
    const { poolSize, statementTimeoutMs } = this.options;
    const pool = new Pool({
      connectionString,
      max: poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + GRACE_MS,
      application_name: 'penstock',
      keepAlive: true,
      allowExitOnIdle: true,
    });
    pool.on('error', () => undefined); // an idle connection lost: the next query opens another
    return pool;
  }
}

/** `undefined_table`, `invalid_schema_name`: all of ours are made by migrations. */
const NOT_MIGRATED = new Set(['42P01', '3F000']);

function translate(cause: unknown): unknown {
  if (cause instanceof PenstockError) return cause;
  if (cause instanceof DatabaseError) return translateAnswer(cause);
  return isUnreachable(cause) || isTimeout(cause) ? unreachable(cause) : cause;
}

function translateAnswer(cause: DatabaseError): unknown {
  if (!NOT_MIGRATED.has(cause.code ?? '')) return isUnreachable(cause) ? unreachable(cause) : cause;
  const message = 'The tables of the service are not there yet: its migrations have not run.';
  return new PenstockError('database.unreachable', message, { cause });
}

/** pg reports its own time-outs, and connections cut in the middle, as plain errors without a code. */
function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'Error' && !('code' in cause);
}

function unreachable(cause: unknown): PenstockError {
  return new PenstockError('database.unreachable', 'PostgreSQL did not answer.', { cause });
}
