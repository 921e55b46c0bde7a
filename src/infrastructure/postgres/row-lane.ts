import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { ImportRequest, RefusedRow } from '../../domain/ports/warehouse-imports.port.js';
import { copyChunk } from './copy-chunk.js';
import type { LiveTable } from './import-table.js';
import { isAboutRows, RefusedRows } from './refused-rows.js';
import { inBatch, type RowPart } from './row-part.js';

const NEXT_BATCH = 'RELEASE SAVEPOINT penstock_batch; SAVEPOINT penstock_batch';

/**
 * The way of rows into a table over one connection. Each part is a COPY behind a savepoint, `penstock_batch`, which whoever
 * made the transaction has set: a refused one is taken back alone, and goes the slow way.
 */
export class RowLane {
  readonly copy: string;
  private readonly refused: RefusedRows;

  constructor(
    private readonly client: ClientBase,
    private readonly table: LiveTable,
    { columns, delimiter }: ImportRequest,
  ) {
    const names = columns.map((name) => escapeIdentifier(name)).join(', ');
    const options = `(FORMAT csv, DELIMITER ${escapeLiteral(delimiter)}, ENCODING 'UTF8')`;
    this.copy = `${NEXT_BATCH}; COPY ${table.quoted} (${names}) FROM STDIN ${options}`;
    this.refused = new RefusedRows(client, table, columns, options);
  }

  /** @returns the rows that are not stored, as rows of the batch */
  async store(part: RowPart): Promise<readonly RefusedRow[]> {
    if (part.rows === 0) return [];
    try {
      const stored = await copyChunk(this.client, this.copy, ...part.lines);
      // Should PostgreSQL ever read a line differently than the scanner, nothing is kept.
      if (stored !== part.rows && !this.table.mayDropRows)
        throw new PenstockError('internal.defect', `PostgreSQL stored ${stored} of ${part.rows} rows.`);
      return [];
    } catch (cause) {
      if (!isAboutRows(cause)) throw cause;
      await this.client.query('ROLLBACK TO SAVEPOINT penstock_batch');
      const refused = await this.refused.store(part.lines, part.rows);
      return refused.map((row) => inBatch(part, row));
    }
  }
}
