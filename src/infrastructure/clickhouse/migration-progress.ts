import type { MigrationState } from '../../domain/ports/migrations.port.js';
import { type MigrationFile, statementChecksum } from './migration-file.js';

export type Direction = 'up' | 'down';

/** One row of the ledger: a statement of a migration was started, or has finished. Rows are only ever added. */
export interface LedgerEvent {
  readonly seq: number;
  readonly name: string;
  readonly direction: Direction;
  readonly statement: number;
  readonly statements: number;
  readonly event: 'started' | 'finished';
  readonly checksum: string;
  readonly atMs: number;
}

/** How far a migration has come. No progress at all: pending, or undone to the end. */
export interface Progress {
  readonly direction: Direction;
  /** Checksums of the finished statements of this direction, in order. */
  readonly finished: readonly string[];
  readonly statements: number;
  readonly atMs: number;
}

/** Replays the ledger, oldest first. */
export function replayLedger(events: readonly LedgerEvent[]): Map<string, Progress> {
  const progress = new Map<string, Progress>();
  for (const event of events) {
    const next = advance(progress.get(event.name), event);
    if (next.direction === 'down' && next.finished.length >= next.statements) progress.delete(event.name);
    else progress.set(event.name, next);
  }
  return progress;
}

function advance(before: Progress | undefined, event: LedgerEvent): Progress {
  const { direction, statements, statement, checksum, atMs } = event;
  // A turn of direction begins from the first statement: all of them may be repeated.
  const finished = before?.direction === direction ? before.finished.slice(0, statement) : [];
  if (event.event === 'finished') finished.push(checksum);
  return { direction, statements, finished, atMs };
}

/** Where a migration stands, judged against its file of today. */
export function stateOf(file: MigrationFile, progress: Progress | undefined): MigrationState {
  if (progress === undefined) return 'pending';
  if (progress.direction === 'down') return 'incomplete';
  const { finished, statements } = progress;
  if (finished.some((checksum, index) => checksum !== checksumAt(file, index))) return 'changed';
  if (finished.length < statements) return 'incomplete';
  return file.up.length === statements ? 'applied' : 'changed';
}

function checksumAt(file: MigrationFile, index: number): string | undefined {
  const statement = file.up[index];
  return statement === undefined ? undefined : statementChecksum(statement);
}

/** The statement an incomplete migration stands at. */
export function currentStatement(file: MigrationFile, progress: Progress): string | undefined {
  return (progress.direction === 'up' ? file.up : (file.down ?? []))[progress.finished.length];
}
