import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionConfig, Pool, type PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import { type PostgresAddress, postgresUrl } from '../postgres-address.js';
import { requestCancel } from './cancel-request.js';
import { type ExchangeAnswer, WireExchange, type WireStep } from './wire-exchange.js';

export interface GuardedPoolOptions {
  readonly size: number;
}

/** How far one exchange may go. */
export interface ExchangeBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Left out where nothing may interrupt. */
  readonly signal?: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
/** How much longer than the server the client waits before it cuts the connection. */
const GRACE_MS = 5000;
/** A statement that was interrupted ends within this time, or its connection is cut. */
const CANCEL_GRACE_MS = 5000;

/** What pg's client knows of its backend, without being declared. */
interface Backend {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionConfig['ssl'];
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: { readonly stream: { destroy(error?: Error): void } };
}

/** Connections of their own for callers' statements, so that these cannot starve the service. */
export class GuardedPool {
  private current: { readonly url: string; readonly pool: Pool } | undefined;

  constructor(
    private readonly address: PostgresAddress,
    private readonly options: GuardedPoolOptions,
  ) {}

  /** Connections that are open, and those of them in use. */
  get load(): { open: number; busy: number } {
    const pool = this.current?.pool;
    return { open: pool?.totalCount ?? 0, busy: (pool?.totalCount ?? 0) - (pool?.idleCount ?? 0) };
  }

  /**
   * Runs work on one connection. Whatever happens, it is given back clean or not at all.
   *
   * @throws PenstockError `database.unreachable` when there is no connection; StepFailure as it is
   */
  async session<T>(work: (session: GuardedSession) => Promise<T>): Promise<T> {
    const client = await this.connect();
    client.on('error', ignore); // a connection that breaks tells so by what runs on it
    const session = new GuardedSession(client);
    try {
      return await work(session);
    } finally {
      const isClean = await session.isClean();
      client.off('error', ignore);
      if (!isClean) client.on('error', ignore);
      client.release(!isClean);
    }
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
      if (cause instanceof PenstockError) throw cause;
      throw new PenstockError('database.unreachable', 'PostgreSQL did not accept a connection.', { cause });
    }
  }

  private async open(): Promise<Pool> {
    const url = postgresUrl(await this.address());
    if (this.current?.url === url) return this.current.pool;
    this.current?.pool.end().catch(() => undefined); // it has moved
    const pool = new Pool({
      connectionString: url,
      max: this.options.size,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      application_name: 'penstock guarded',
      keepAlive: true,
      allowExitOnIdle: true,
    });
    pool.on('error', () => undefined); // an idle connection lost: the next statement opens another
    this.current = { url, pool };
    return pool;
  }
}

function ignore(): void {}

/** One connection while it is in use. */
export class GuardedSession {
  /** A request to cancel may arrive late: whoever had the connection next would be interrupted. */
  private isTainted = false;
  /** The server tells a transaction's state behind an error, not with it. */
  private isOpen = false;

  constructor(private readonly client: PoolClient) {}

  /** @throws StepFailure, PenstockError `query.timeout` when the server does not say a word; after it, or an overflow, the transaction is as good as rolled back */
  async exchange(steps: readonly WireStep[], bounds: ExchangeBounds): Promise<ExchangeAnswer> {
    if (bounds.signal?.aborted === true)
      throw new PenstockError('query.cancelled', 'Nobody waits for the statement any more.');
    const exchange = new WireExchange(steps, { maxBytes: bounds.maxBytes, onOverflow: () => void this.cancel() });
    const onAbort = (): void => void this.cancel();
    let isLate = false;
    const late = setTimeout(
      () => {
        isLate = true;
        this.cut();
      },
      bounds.timeoutMs * steps.length + GRACE_MS,
    );
    bounds.signal?.addEventListener('abort', onAbort, { once: true });
    this.isOpen = true;
    try {
      this.client.query(exchange);
      const answer = await exchange.done;
      this.isOpen = answer.isOverflown || this.client.getTransactionStatus() !== 'I';
      return answer;
    } catch (cause) {
      if (!isLate) throw cause;
      const message = `PostgreSQL did not end the statement within ${bounds.timeoutMs} ms, so its connection was cut.`;
      throw new PenstockError('query.timeout', message);
    } finally {
      clearTimeout(late);
      bounds.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the transaction without a trace. */
  async rollback(): Promise<void> {
    try {
      await this.client.query('ROLLBACK');
      this.isOpen = false;
    } catch {
      this.isTainted = true;
    }
  }

  async isClean(): Promise<boolean> {
    if (!this.isTainted && this.isOpen) await this.rollback();
    return !this.isTainted;
  }

  private async cancel(): Promise<void> {
    this.isTainted = true;
    const { host, port, ssl, processID, secretKey } = this.backend;
    await requestCancel({ host, port, ssl, processID, secretKey });
    await sleep(CANCEL_GRACE_MS, undefined, { ref: false });
    this.cut();
  }

  private cut(): void {
    this.isTainted = true;
    this.backend.connection.stream.destroy(new Error('The statement did not end in time.'));
  }

  private get backend(): Backend {
    return this.client as unknown as Backend;
  }
}
