import { Session } from 'chdb';
import pRetry from 'p-retry';
import type { DataDirectory } from './data-directory.js';
import { LIMITS } from './limits.js';
import { literal } from './sql-tokens.js';

// chDB's own defaults where they differ from a server's: `1 + 1` is no statement there, and introspection is off.
const SERVER_DEFAULTS = `implicit_select = 0, allow_introspection_functions = 0`;

/**
 * chDB on one directory. Its sessions are independent of one another (settings, parameters, temporary tables, current
 * database) and cost a tenth of a millisecond, so every request gets a new one: nothing can leak.
 */
export class ChdbEngine {
  private constructor(
    private readonly directory: string,
    /** Keeps the engine open, and cancels queries of the others; it never runs anything that takes long. */
    private readonly keeper: Session,
    readonly version: string,
    readonly timezone: string,
  ) {}

  static async open({ engine, configFile }: DataDirectory): Promise<ChdbEngine> {
    const connectionArgs = [`--config-file=${configFile}`];
    const keeper = await pRetry(() => new Session(engine, { connectionArgs }), {
      retries: LIMITS.directoryLockRetries,
      minTimeout: LIMITS.directoryLockRetryMs,
      factor: 1,
    });
    const [version = '', timezone = ''] = keeper.query('SELECT version(), timezone()', 'TSV').trimEnd().split('\t');
    return new ChdbEngine(engine, keeper, version, timezone);
  }

  /** A new session. chDB puts each into `default`, so that database is put back when somebody dropped it. */
  session(): Session {
    const session = this.connect();
    session.query(`SET ${SERVER_DEFAULTS}`);
    return session;
  }

  private connect(): Session {
    try {
      return new Session(this.directory);
    } catch {
      this.keeper.query('CREATE DATABASE IF NOT EXISTS default ENGINE = Atomic');
      return new Session(this.directory);
    }
  }

  /** The engine's own ids of the queries a request is running; chDB does not let a client choose them. */
  queryIds(requestId: string): string[] {
    const ids = this.keeper.query(`SELECT query_id FROM system.processes WHERE ${runBy(requestId)}`, 'TSV');
    return ids.split('\n').filter(Boolean);
  }

  /** Cancels what a request is running. Synchronous on purpose: it needs no thread of the pool, which may be exhausted. */
  cancel(requestId: string): void {
    this.keeper.query(`KILL QUERY WHERE ${runBy(requestId)} ASYNC`);
  }

  close(): void {
    this.keeper.close();
  }
}

function runBy(requestId: string): string {
  return `Settings['log_comment'] = ${literal(requestId)}`;
}
