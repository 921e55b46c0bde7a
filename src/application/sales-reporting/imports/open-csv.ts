import { type CsvHeader, readHeader } from '../../../domain/sales-reporting/csv/header.js';
import { RowSegment, SEGMENT_BYTES } from '../../../domain/sales-reporting/csv/row-segment.js';
import type { ImportTable } from '../../../domain/sales-reporting/import-table.js';
import { ByteFeed } from './byte-feed.js';
import type { CsvImport } from './csv-import.js';

/** A file whose header has been read. */
export interface OpenCsv {
  readonly feed: ByteFeed;
  readonly header: CsvHeader;
  /** The header as it stands, with its line end. */
  readonly rawHeader: Uint8Array;
  /** The beginning of the file, header included. */
  readonly segment: RowSegment;
  readonly filled: number;
  /** Whether it has been read further than this. */
  readonly isTaken?: boolean;
}

/** @throws PenstockError `csv.invalid`, `file.unknown` */
export async function openCsv(request: CsvImport, table: ImportTable, signal?: AbortSignal): Promise<OpenCsv> {
  const feed = new ByteFeed(request.source.open(), signal);
  try {
    await feed.begin();
    const segment = new RowSegment();
    const filled = await feed.read(segment.bytes, 0, SEGMENT_BYTES);
    const head = segment.bytes.subarray(0, filled);
    const known = new Set(table.columns.map(({ name }) => name));
    const header = readHeader(head, filled < SEGMENT_BYTES, { delimiter: request.delimiter, known });
    return { feed, header, rawHeader: segment.bytes.slice(0, header.length), segment, filled };
  } catch (error) {
    await feed.close();
    throw error;
  }
}
