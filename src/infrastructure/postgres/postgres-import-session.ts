import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { ImportRequest, ImportSession, RefusedRow, RowBatch } from '../../domain/ports/warehouse-imports.port.js';
import type { BadRow } from '../../domain/sales-reporting/bad-row.js';
import { isoDateText } from '../../domain/sales-reporting/cell-checks/date-format.js';
import type { PartitionRange } from '../../domain/sales-reporting/import-table.js';
import { copyRows } from './copy-rows.js';
import type { LiveTable } from './import-table.js';
import { isAboutRows, RefusedRows } from './refused-rows.js';
import type { RejectSpool } from './reject-spool.js';

/** Longest name of PostgreSQL, in bytes. */
const MAX_NAME_BYTES = 63;
const NEXT_BATCH = 'RELEASE SAVEPOINT penstock_batch; SAVEPOINT penstock_batch';

/**
 * Rows by COPY into the table itself, so that routing, constraints and triggers are PostgreSQL's. Each batch is a statement
 * of its own behind a savepoint: a refused one is taken back alone, and goes the slow way.
 */
export class PostgresImportSession implements ImportSession {
  private readonly copy: string;
  private readonly refused: RefusedRows;

  constructor(
    private readonly client: ClientBase,
    private readonly table: LiveTable,
    request: ImportRequest,
    private readonly spool: RejectSpool,
  ) {
    const columns = request.columns.map((name) => escapeIdentifier(name)).join(', ');
    const options = `(FORMAT csv, DELIMITER ${escapeLiteral(request.delimiter)}, ENCODING 'UTF8')`;
    this.copy = `${NEXT_BATCH}; COPY ${table.quoted} (${columns}) FROM STDIN ${options}`;
    this.refused = new RefusedRows(client, table, request.columns, options);
  }

  async write(batch: RowBatch): Promise<readonly RefusedRow[]> {
    try {
      await copyRows(this.client, this.copy, batch.bytes.subarray(0, batch.length));
      return [];
    } catch (cause) {
      if (!isAboutRows(cause)) throw cause;
      await this.client.query('ROLLBACK TO SAVEPOINT penstock_batch');
      return this.refused.store(batch);
    }
  }

  reject(rows: readonly BadRow[]): Promise<void> {
    return this.spool.add(rows);
  }

  /** A table that is attached blocks nobody who reads the others; one created as a partition would, until the commit. */
  async createPartition({ from, to }: Omit<PartitionRange, 'name'>): Promise<string> {
    const name = partitionName(this.table.bareName, from);
    const quoted = `${escapeIdentifier(this.table.schema)}.${escapeIdentifier(name)}`;
    const bounds = [from, to].map((day) => escapeLiteral(isoDateText(day))).join(') TO (');
    await this.client.query(`
      CREATE TABLE ${quoted} (LIKE ${this.table.quoted} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE);
      ALTER TABLE ${this.table.quoted} ATTACH PARTITION ${quoted} FOR VALUES FROM (${bounds})`);
    return name;
  }
}

/** `sales_report_2025_01`; with the day where the month is shared. */
function partitionName(table: string, from: number): string {
  const day = isoDateText(from).split('-');
  const ending = (day[2] === '01' ? day.slice(0, 2) : day).join('_');
  let stem = table;
  while (Buffer.byteLength(`${stem}_${ending}`) > MAX_NAME_BYTES) stem = stem.slice(0, -1);
  return `${stem}_${ending}`;
}
