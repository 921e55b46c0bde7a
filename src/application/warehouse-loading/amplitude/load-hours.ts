import { Metrics } from '../../../domain/ports/metrics.port.js';
import type { AmplitudeEvent, SpooledExport } from '../../../domain/ports/hour-spool.port.js';
import type { Row, WarehouseTables } from '../../../domain/ports/warehouse-tables.port.js';
import { AMPLITUDE_TABLES, AmplitudeRows } from '../../../domain/warehouse-loading/amplitude-rows.js';
import { hourText } from '../../../domain/warehouse-loading/amplitude/export-hour.js';
import type { ExportedRange, HourCounts } from '../../../domain/warehouse-loading/amplitude/week-manifest.js';

/** What of an export is in one table. */
export interface TableReceipt {
  /** Rows that are in the table by this export, those that an earlier run of it wrote included. */
  readonly rows: number;
  readonly events_without_key: number;
  /** Values that did not fit their column, and are null. */
  readonly unfit_values: number;
}

/** Changes with the rows that are made of the same events: a key stands for rows. */
const MAPPING = 'amplitude-1';

/** Loads exports into the seven tables: an hour of a table as a whole or not at all, and once, however often it is asked for. */
export class LoadHours {
  constructor(
    private readonly tables: WarehouseTables,
    private readonly metrics: Metrics,
  ) {}

  async load(
    opened: SpooledExport,
    { source }: ExportedRange,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, TableReceipt>>> {
    const receipts: [string, TableReceipt][] = [];
    for (const table of AMPLITUDE_TABLES) {
      const sums = { rows: 0, events_without_key: 0, unfit_values: 0 };
      for (const hour of opened.hours.filter(({ events }) => events > 0)) {
        const idempotencyKey = `${MAPPING}:${source}:${hourText(hour.hour)}:${opened.fingerprint(hour.hour)}`;
        // Of each hour its own: what a load holds must not depend on which other hours were asked for.
        const rows = new AmplitudeRows(table);
        sums.rows += await this.loadHour({ opened, hour, rows, idempotencyKey, signal });
        sums.events_without_key += rows.counts.withoutKey;
        sums.unfit_values += rows.counts.unfitValues;
      }
      receipts.push([table.table, sums]);
    }
    return Object.fromEntries(receipts);
  }

  private async loadHour({ opened, hour, rows, idempotencyKey, signal }: HourToLoad): Promise<number> {
    const read = rowsOf(opened.events(hour.hour, signal), rows);
    const first = await read.next();
    if (first.done === true) return 0; // an empty load is refused
    // The same event comes in another hour, or again in the same one, when that is loaded beside other hours or has grown.
    const options = { onConflict: 'ignore', onceBy: rows.key, idempotencyKey, signal, maxIdRuns: 0 } as const;
    const { count } = await this.tables.insert(rows.table, resumed(first.value, read), options);
    this.metrics.count('penstock_loaded_rows_total', { engine: 'postgres', table: rows.table }, count);
    return count;
  }
}

interface HourToLoad {
  readonly opened: SpooledExport;
  readonly hour: HourCounts;
  readonly rows: AmplitudeRows;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

async function* rowsOf(events: AsyncIterable<AmplitudeEvent>, rows: AmplitudeRows): AsyncGenerator<Row, void> {
  for await (const event of events) {
    const row = rows.row(event);
    if (row !== undefined) yield row;
  }
}

async function* resumed(first: Row, rest: AsyncGenerator<Row, void>): AsyncGenerator<Row, void> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
