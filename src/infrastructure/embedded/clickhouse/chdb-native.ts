import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Session } from 'chdb';

/** What an INSERT did, counted by the engine. */
export interface InsertCounts {
  readonly rowsWritten: number;
  readonly bytesWritten: number;
}

interface NativeBinding {
  InsertRawAsyncConnection(connection: unknown, sql: string, rows: Buffer, countLines: boolean): Promise<InsertCounts>;
}

// chDB counts written rows only in this call of its binding. The public insert() in front of it knows plain tables and
// eight formats; a statement is handed over whole here. The version of chdb is pinned, and the contract suite would see it go.
const require = createRequire(import.meta.url);
const loader = join(dirname(require.resolve('chdb/package.json')), 'dist', 'loader.js');
const native = (require(loader) as { loadNative(): NativeBinding }).loadNative();
const NO_ROWS = Buffer.from('\n');

/** Runs an INSERT that brings its rows from elsewhere: a file, or a SELECT. */
export function runInsert(session: Session, sql: string): Promise<InsertCounts> {
  return native.InsertRawAsyncConnection(session.connection, sql, NO_ROWS, false);
}
