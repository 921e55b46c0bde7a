import type { PoolClient } from 'pg';
import type { UpkeepOutcome } from '../../../domain/ports/sales-totals.port.js';
import { ALL_DAYS, type Day } from '../../../domain/sales-reporting/calendar.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { quoteName } from './sales-table.js';
import { totalsState } from './totals-state.js';
import { fixMoment, tryUpkeepLock } from './upkeep-lock.js';

/** Days a table keeps totals of by product and region; those that were kept longest ago go first. */
const MOST_DAYS = 750;

/** Sums up single days from their rows, and notes how often each had changed by then. */
export async function keepDays(client: PoolClient, table: QualifiedName, days: readonly Day[]): Promise<UpkeepOutcome> {
  await fixMoment(client, table);
  const { tableId } = await totalsState(client, table, ALL_DAYS);
  if (tableId === undefined || days.length === 0) return 'nothing';
  if (!(await tryUpkeepLock(client, tableId))) return 'busy';
  const values = [tableId, [...new Set(days)].slice(0, MOST_DAYS)];
  await client.query(FORGET, values);
  await client.query(sumUp(quoteName(table)), values);
  await client.query(NOTE, values);
  await client.query(EVICT, [tableId, MOST_DAYS]);
  return 'done';
}

const FORGET = `DELETE FROM penstock.sales_cell WHERE table_id = $1 AND grain = 'd' AND period = ANY ($2::date[])`;

function sumUp(table: string): string {
  return `
    INSERT INTO penstock.sales_cell
    SELECT $1, 'd', sales_date, product_name, product_id, sum(revenue), sum(quantity), sum(row_count),
           array_agg(region), array_agg(revenue), array_agg(quantity), array_agg(row_count)
    FROM (
      SELECT sales_date, product_name, product_id, region,
             sum(sales_amount) AS revenue, sum(quantity_sold)::bigint AS quantity, count(*) AS row_count
      FROM ${table} WHERE sales_date = ANY ($2::date[]) GROUP BY 1, 2, 3, 4
    ) AS part GROUP BY sales_date, product_name, product_id`;
}

const NOTE = `
  INSERT INTO penstock.sales_cached_day (table_id, day, changes)
  SELECT $1, day.day, coalesce(d.changes, 0) + (SELECT count(*) FROM penstock.sales_delta a
    WHERE a.table_id = $1 AND a.period = day.day AND a.product_id IS NULL)
  FROM unnest($2::date[]) AS day (day) LEFT JOIN penstock.sales_day d ON d.table_id = $1 AND d.day = day.day
  ON CONFLICT (table_id, day) DO UPDATE SET changes = excluded.changes, cached_at = now()`;

const EVICT = `
  WITH old AS (
    DELETE FROM penstock.sales_cached_day WHERE (table_id, day) IN (
      SELECT table_id, day FROM penstock.sales_cached_day WHERE table_id = $1 ORDER BY cached_at DESC, day OFFSET $2
    ) RETURNING day
  )
  DELETE FROM penstock.sales_cell USING old WHERE table_id = $1 AND grain = 'd' AND period = old.day`;
