import { Pool, type PoolClient, type PoolConfig, type QueryResult, type QueryResultRow } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { EngineEndpoint } from '../embedded/engines.js';
import { BoundedQuery } from './bounded-query.js';
import { isRefusal } from './migration-session.js';
import { type PostgresAddress, postgresUrl } from './postgres-address.js';
import { isNotMigrated, translateFailure } from './pool-failures.js';

export interface PostgresPoolOptions {
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** Connections for sessions, besides `poolSize`. */
  readonly longPoolSize?: number;
  /** Makes the service's own tables, once, where a statement misses one: a command may be the first that ever runs on a database. */
  readonly migrate?: (() => Promise<unknown>) | undefined;
}

export interface SessionOptions {
  /** Longest time for one statement, in milliseconds, kept by the server; 0 is none, for a COPY that lasts as long as its data. */
  readonly statementTimeoutMs: number;
  /** Cuts the connection when it is aborted: what was not committed is rolled back. */
  readonly signal?: AbortSignal | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
/** A statement that its server does not end in time is given up by the client a little later. */
const GRACE_MS = 2000;
const DEFAULT_LONG_POOL_SIZE = 4;
/** When to come again while all connections for long work are in use. */
const BUSY_RETRY_MS = 2000;
const NEVER = new AbortController().signal;

/** A connection of its own; see PostgresPool.session. */
export interface Session {
  readonly client: PoolClient;
  /** What has to be thrown instead of what a statement threw. */
  translate(cause: unknown): unknown;
  close(outcome?: 'failed'): void;
}

interface Pools {
  readonly url: string;
  /** What the address answered. */
  readonly endpoint: EngineEndpoint;
  readonly short: Pool;
  readonly long: Pool;
}

/** The connections of this process to PostgreSQL, opened on first use. */
export class PostgresPool {
  private current: Pools | undefined;
  private sessions = 0;
  private migrated: Promise<unknown> | undefined;
  private readonly limits = new WeakMap<PoolClient, number>();

  constructor(
    private readonly address: PostgresAddress,
    private readonly options: PostgresPoolOptions,
  ) {}

  /**
   * With a name, each connection parses and plans the statement once.
   *
   * @throws PenstockError `database.unreachable`; errors of the statement itself pass as they are
   */
  async query<R extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<QueryResult<R>> {
    const statement = { text: sql, values: [...values], ...(name !== undefined && { name }) };
    const run = (): Promise<QueryResult<R>> => this.admitted(({ short }) => short.query<R>(statement));
    try {
      return await this.withOwnTables(run);
    } catch (cause) {
      throw translateFailure(cause);
    }
  }

  /** As `query`, for rows of at most so many bytes, or for one: `isCut` where there are more of them. */
  async queryWithin(
    statement: { readonly text: string; readonly values: string[] },
    maxBytes: number,
  ): Promise<Pick<BoundedQuery, 'rows' | 'isCut'>> {
    const run = async (): Promise<BoundedQuery> => {
      const bounded = new BoundedQuery(statement, maxBytes);
      const ended = this.admitted(({ short }) => Promise.resolve(short.query(bounded.query)));
      await ended.catch((cause: unknown) => {
        if (!bounded.isCut) throw cause;
      });
      return bounded;
    };
    try {
      return await this.withOwnTables(run);
    } catch (cause) {
      throw translateFailure(cause);
    }
  }

  /** All of `work`, or nothing of it; it is run once more where it missed tables that can be made. @throws PenstockError `database.unreachable` */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await this.withOwnTables(() => this.transact(work));
    } catch (cause) {
      throw translateFailure(cause);
    }
  }

  private async withOwnTables<T>(attempt: () => Promise<T>): Promise<T> {
    const { migrated } = this;
    try {
      return await attempt();
    } catch (cause) {
      const { migrate } = this.options;
      // Whoever began before they were made may have missed them too.
      if (!isNotMigrated(cause) || migrate === undefined || (migrated !== undefined && migrated === this.migrated))
        throw cause;
      await (this.migrated ??= this.migrateOnce(migrate));
      return attempt();
    }
  }

  /** A failure is not kept: the next statement tries again. */
  private migrateOnce(migrate: () => Promise<unknown>): Promise<unknown> {
    return migrate().catch((cause: unknown) => {
      this.migrated = undefined;
      throw cause;
    });
  }

  private async transact<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
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
      throw cause;
    }
  }

  /**
   * A connection for long work (a load, an import, rows streamed out), of a pool of its own, so that short statements
   * never wait for long ones. The client gives up no statement of it, a COPY neither; the server ends those that take
   * longer than `statementTimeoutMs`. `work` begins and commits its own transactions and sets what it sets with SET LOCAL;
   * when it throws, or leaves a transaction open, the connection is closed, and nothing that was not committed stays.
   *
   * @throws PenstockError `database.unreachable`; `database.busy` when no connection became free in time; the reason of
   *   `signal`; errors of statements pass as they are
   */
  async session<T>(work: (client: PoolClient) => Promise<T>, options: SessionOptions): Promise<T> {
    const session = await this.openSession(options);
    try {
      const value = await work(session.client);
      session.close();
      return value;
    } catch (cause) {
      session.close('failed');
      throw session.translate(cause);
    }
  }

  /** As `session`, for work that is not one call; whoever opened it closes it, once, whatever happens. */
  async openSession({ statementTimeoutMs, signal = NEVER }: SessionOptions): Promise<Session> {
    signal.throwIfAborted();
    const client = await this.connectLong();
    this.sessions += 1;
    const cut = (): void => client.release(true);
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut(); // while it connected
    const session: Session = {
      client,
      translate: (cause) => (signal.aborted ? signal.reason : translateFailure(cause)),
      close: (outcome) => {
        this.sessions -= 1;
        signal.removeEventListener('abort', cut);
        // One that failed may have a statement under way still, which was given up.
        if (!signal.aborted) client.release(outcome === 'failed' || client.getTransactionStatus() !== 'I');
      },
    };
    try {
      await this.limit(client, Math.ceil(statementTimeoutMs));
    } catch (cause) {
      session.close('failed');
      throw session.translate(cause);
    }
    return session;
  }

  /** As `openSession`, for work that can be done without: undefined unless one more connection stays free for others. */
  async openSpare(options: SessionOptions): Promise<Session | undefined> {
    const { long } = await this.open();
    return this.sessions + 2 <= long.options.max ? this.openSession(options) : undefined;
  }

  /** Set once for as long as it stays the same: most sessions of a connection want the same. */
  private async limit(client: PoolClient, statementTimeoutMs: number): Promise<void> {
    if (this.limits.get(client) === statementTimeoutMs) return;
    await client.query(`SET statement_timeout = ${statementTimeoutMs}`);
    this.limits.set(client, statementTimeoutMs);
  }

  /** Whether PostgreSQL answers. @throws PenstockError `database.unreachable` */
  async check(): Promise<void> {
    await this.query('SELECT 1');
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await Promise.all([current?.short.end(), current?.long.end()]);
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.admitted(({ short }) => short.connect());
    } catch (cause) {
      throw translateFailure(cause);
    }
  }

  private async connectLong(): Promise<PoolClient> {
    let most = Number.POSITIVE_INFINITY;
    try {
      return await this.admitted(({ long }) => {
        most = long.options.max;
        return long.connect();
      });
    } catch (cause) {
      if (this.sessions < most) throw translateFailure(cause);
      const message = 'All connections for loads, imports and exports are in use.';
      throw new PenstockError('database.busy', message, { cause, retryAfterMs: BUSY_RETRY_MS });
    }
  }

  /** Once more where the credentials were refused, and there are newer ones; nothing was sent with the former. */
  private async admitted<T>(use: (pools: Pools) => Promise<T>): Promise<T> {
    const pools = await this.open();
    try {
      return await use(pools);
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const renewed = await this.open(pools.endpoint);
      if (renewed === pools) throw cause;
      return use(renewed);
    }
  }

  private async open(refused?: EngineEndpoint): Promise<Pools> {
    const endpoint = await this.address(refused);
    const url = postgresUrl(endpoint);
    if (this.current?.url === url) return this.current;
    // It has moved, or its password has changed. Who still works on the former connections is let finish, or fail.
    const { short, long } = this.current ?? {};
    for (const pool of [short, long]) pool?.end().catch(() => undefined);
    this.current = this.create(url, endpoint);
    return this.current;
  }

  private create(url: string, endpoint: EngineEndpoint): Pools {
    const { poolSize, longPoolSize = DEFAULT_LONG_POOL_SIZE, statementTimeoutMs } = this.options;
    const short = {
      max: poolSize,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + GRACE_MS,
    };
    return { url, endpoint, short: poolOf(url, short), long: poolOf(url, { max: longPoolSize }) };
  }
}

function poolOf(connectionString: string, own: PoolConfig): Pool {
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    application_name: 'penstock',
    keepAlive: true,
    allowExitOnIdle: true,
    ...own,
  });
  pool.on('error', () => undefined); // an idle connection lost: the next query opens another
  // One that is lost between two statements of its user: the next statement tells.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
