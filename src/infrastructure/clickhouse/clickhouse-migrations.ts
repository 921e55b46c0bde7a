import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { PenstockError } from '../../domain/errors.js';
import type { MigrationLock } from '../../domain/ports/migration-lock.port.js';
import type { Migrations, MigrationStatus } from '../../domain/ports/migrations.port.js';
import { fitToServer, type MigrationFile, readMigrationFiles, statementChecksum } from './migration-file.js';
import { MigrationLedger } from './migration-ledger.js';
import { currentStatement, type Direction, type Progress, replayLedger, stateOf } from './migration-progress.js';

export interface ClickhouseMigrationOptions {
  /** Folder of the NNNN-name.sql files. */
  readonly folder: string;
  /** Name of the cluster all statements go to; unset: a single server. */
  readonly cluster?: string | undefined;
}

interface Known {
  readonly file: MigrationFile;
  readonly progress: Progress | undefined;
  readonly status: MigrationStatus;
}

/**
 * Statement by statement, each recorded before and after: DDL has no transactions here, so a migration can stop halfway, and
 * `up` goes on with the statement it stopped at. Statements must therefore bear being repeated (`IF NOT EXISTS`).
 */
export class ClickhouseMigrations implements Migrations {
  readonly engine = 'clickhouse';

  constructor(
    private readonly connect: () => Promise<ClickHouseClient>,
    private readonly lock: MigrationLock,
    private readonly options: ClickhouseMigrationOptions,
  ) {}

  async status(): Promise<MigrationStatus[]> {
    const { known, unknown } = await this.#read();
    return [...known.map(({ status }) => status), ...unknown];
  }

  async up(): Promise<string[]> {
    if ((await this.#unfinished()).length === 0) return []; // the usual start: no lock
    return this.lock.hold(async () => {
      const unfinished = await this.#unfinished();
      if (unfinished.length > 0) await this.#reach(async () => (await this.#ledger()).prepare());
      for (const { file, progress } of unfinished) {
        await this.#run(file, 'up', progress?.direction === 'up' ? progress.finished.length : 0);
      }
      return unfinished.map(({ file }) => file.name);
    });
  }

  down(): Promise<string | undefined> {
    return this.lock.hold(async () => {
      const { known, unknown } = await this.#read();
      refuseChanged(known);
      const last = known.findLast(({ progress }) => progress !== undefined);
      const newer = unknown.findLast(({ name }) => last === undefined || name > last.file.name);
      if (newer !== undefined) throw cannotUndo(newer.name, 'this release does not have it');
      if (last === undefined) return undefined;
      if (last.file.down === undefined) throw cannotUndo(last.file.name, 'it has no "-- down:" section');
      await this.#run(last.file, 'down', last.progress?.direction === 'down' ? last.progress.finished.length : 0);
      return last.file.name;
    });
  }

  async #unfinished(): Promise<Known[]> {
    const { known } = await this.#read();
    refuseChanged(known);
    return known.filter(({ status }) => status.state !== 'applied');
  }

  async #read(): Promise<{ known: Known[]; unknown: MigrationStatus[] }> {
    const files = await readMigrationFiles(this.options.folder);
    const events = await this.#reach(async () => (await this.#ledger()).events());
    const progressOf = replayLedger(events);
    const known = files.map((file) => {
      const progress = progressOf.get(file.name);
      progressOf.delete(file.name);
      return { file, progress, status: statusOf(file, progress) };
    });
    const unknown = [...progressOf].map(
      ([name, { atMs }]) => ({ engine: 'clickhouse', name, state: 'unknown', appliedAt: new Date(atMs) }) as const,
    );
    return { known, unknown };
  }

  async #run(file: MigrationFile, direction: Direction, first: number): Promise<void> {
    const statements = (direction === 'up' ? file.up : file.down) ?? [];
    const ledger = await this.#ledger();
    const step = { name: file.name, direction, statements: statements.length };
    for (const [statement, text] of [...statements.entries()].slice(first)) {
      const entry = { ...step, statement, checksum: statementChecksum(text) };
      await this.#reach(() => ledger.add({ ...entry, event: 'started' }));
      await this.#command(text, `"${file.name}" (${direction}), statement ${statement + 1} of ${statements.length}`);
      await this.#reach(() => ledger.add({ ...entry, event: 'finished' }));
    }
    // Nothing to undo is undone all the same, and has to be recorded.
    if (statements.length === 0)
      await this.#reach(() => ledger.add({ ...step, statement: 0, checksum: '', event: 'finished' }));
  }

  async #command(text: string, what: string): Promise<void> {
    const client = await this.connect();
    const query = fitToServer(text, this.options.cluster);
    await client.command({ query, clickhouse_settings: { wait_end_of_query: 1 } }).catch((cause: unknown) => {
      if (!(cause instanceof ClickHouseError)) throw unreachable(cause);
      const message = `${what}, failed with ClickHouse code ${cause.code}. Mend the cause and run up again: it goes on there.`;
      throw new PenstockError('migration.incomplete', message, { cause });
    });
  }

  async #ledger(): Promise<MigrationLedger> {
    return new MigrationLedger(await this.connect(), this.options.cluster);
  }

  async #reach<T>(ask: () => Promise<T>): Promise<T> {
    return ask().catch((cause: unknown) => {
      if (cause instanceof PenstockError) throw cause;
      if (!(cause instanceof ClickHouseError)) throw unreachable(cause);
      const message = `The record of migrations in ClickHouse refused with code ${cause.code}.`;
      throw new PenstockError('migration.failed', message, { cause });
    });
  }
}

function statusOf(file: MigrationFile, progress: Progress | undefined): MigrationStatus {
  const state = stateOf(file, progress);
  const statement = state === 'incomplete' && progress ? currentStatement(file, progress) : undefined;
  return {
    engine: 'clickhouse',
    name: file.name,
    state,
    ...(progress && state !== 'incomplete' ? { appliedAt: new Date(progress.atMs) } : {}),
    ...(statement === undefined ? {} : { statement }),
  };
}

function refuseChanged(known: readonly Known[]): void {
  const changed = known.filter(({ status }) => status.state === 'changed').map(({ file }) => `"${file.name}"`);
  if (changed.length === 0) return;
  const message = `Applied ClickHouse migrations were changed afterwards: ${changed.join(', ')}. Restore them and add a new one.`;
  throw new PenstockError('migration.changed', message);
}

function cannotUndo(name: string, why: string): PenstockError {
  return new PenstockError('migration.failed', `"${name}" cannot be undone: ${why}.`);
}

function unreachable(cause: unknown): PenstockError {
  return new PenstockError('warehouse.unreachable', 'ClickHouse did not answer during a migration.', { cause });
}
