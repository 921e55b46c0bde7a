import type { PoolClient } from 'pg';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { quoteName } from './sales-table.js';

/** "psal" as a number, as in the triggers: advisory locks have numbers for names. */
const LOCK_KEY = 0x7073616c;
/** Rebuilding reads every row of the days it is about. */
export const UPKEEP_STATEMENT_MS = 60 * 60_000;
const LOCK_WAIT_MS = 2000;

/** Whether this transaction is now the only one that folds and rebuilds the totals of the table. */
export async function tryUpkeepLock(client: PoolClient, tableId: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1, $2) AS locked', [
    LOCK_KEY,
    tableId,
  ]);
  return rows[0]?.locked === true;
}

/**
 * Makes the transaction one of a single moment, at which nobody truncates the table or takes its partitions away: the
 * lock comes first, since the first statement that reads fixes the moment.
 */
export async function fixMoment(client: PoolClient, table: QualifiedName): Promise<void> {
  await client.query(`
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL lock_timeout = ${LOCK_WAIT_MS};
    SET LOCAL work_mem = '64MB';
    SET LOCAL jit = off;
    LOCK TABLE ${quoteName(table)} IN ACCESS SHARE MODE`);
}
