import { Buffer } from 'node:buffer';
import { PenstockError } from '../../../domain/errors.js';
import type { ImportSession } from '../../../domain/ports/warehouse-imports.port.js';
import type { BadRow } from '../../../domain/sales-reporting/bad-row.js';
import { overLimit, overShare, type RejectLimit } from '../../../domain/sales-reporting/reject-limit.js';
import type { RejectedRows } from './csv-import.js';

/** Bad rows shown with the receipt. */
const SHOWN = 10;
const LINE_END = Buffer.from('\n');

interface Tally {
  readonly rows: number;
  readonly rejected: number;
}

/** What becomes of bad rows: without a schema the first one ends the import; otherwise they are kept, up to the limit. */
export class RejectDesk {
  readonly first: Omit<BadRow, 'raw'>[] = [];

  constructor(
    private readonly limit: RejectLimit | undefined,
    private readonly rejected: RejectedRows | undefined,
    /** Whether bad rows are kept aside. */
    private readonly isValidating: boolean,
  ) {}

  /** The header of the file with the bad rows, so that it can be mended and imported as it is. */
  async begin(rawHeader: Uint8Array): Promise<void> {
    await this.rejected?.begin(rawHeader);
  }

  /** @throws PenstockError `rows.rejected` for the first bad row where no schema was given */
  async take(session: ImportSession, bad: readonly BadRow[]): Promise<void> {
    for (const { raw: _, ...shown } of bad.slice(0, SHOWN - this.first.length)) this.first.push(shown);
    const [row] = bad;
    if (!this.isValidating && row !== undefined) throw asError(row);
    await session.reject(bad);
    if (this.rejected !== undefined)
      await this.rejected.write(Buffer.concat(bad.flatMap(({ raw }) => [raw, LINE_END])));
  }

  isOver({ rejected }: Tally): boolean {
    return overLimit(this.limit, rejected) !== undefined;
  }

  /** Why the import must not be kept; undefined when it may. */
  verdict({ rejected, rows }: Tally): string | undefined {
    return overLimit(this.limit, rejected) ?? overShare(this.limit, rejected, rows);
  }
}

function asError({ line, column, message }: BadRow): PenstockError {
  const place = column === undefined ? `line ${line}` : `line ${line}, column "${column}"`;
  const faults = [{ path: place, message }];
  return new PenstockError('rows.rejected', `The file has a bad row at ${place}; nothing was imported.`, { faults });
}
