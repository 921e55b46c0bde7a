import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PenstockError } from '../../../domain/errors.js';
import { ArrayRows } from '../../../domain/warehouse-loading/array-rows.js';
import { bodyRows } from '../../../domain/warehouse-loading/body-rows.js';
import { CsvRows } from '../../../domain/warehouse-loading/csv-rows.js';
import { dwhTable } from '../../../domain/warehouse-loading/dwh-tables.js';
import { NdjsonRows } from '../../../domain/warehouse-loading/ndjson-rows.js';
import { DATA_PLACE, type RowPlace } from '../../../domain/warehouse-loading/row-chunks.js';
import { openContent } from '../objects/content-file.js';

export const FILE_FORMATS = ['ndjson', 'json', 'csv'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface RowFile {
  readonly rows: AsyncIterable<unknown>;
  readonly place: RowPlace;
}

export interface RowFileOptions {
  readonly table: string;
  readonly maxRowBytes: number;
  /** Left out: by the file's name, NDJSON where that does not tell. */
  readonly format?: FileFormat | undefined;
  /** Told of every byte read, before it is inflated. */
  readonly tell: (bytes: number) => void;
}

/** A file of JSON is parsed at once. */
const MAX_JSON_BYTES = 268_435_456;

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * The rows of a file, or of the standard input as `-`; what begins as gzip is inflated.
 *
 * @throws PenstockError `request.invalid` where it cannot be read, `rows.rejected` for what is in it
 */
export async function openRows(path: string, options: RowFileOptions): Promise<RowFile> {
  const { table, maxRowBytes, format = formatOf(path) } = options;
  const bytes = inflatedWhereZipped(counted(await openContent(path), options.tell));
  if (format === 'json') return { rows: new ArrayRows(await rowsOfJson(bytes, path)), place: DATA_PLACE };
  const rows = format === 'csv' ? new CsvRows(bytes, dwhTable(table), maxRowBytes) : new NdjsonRows(bytes, maxRowBytes);
  return { rows, place: rows.place };
}

function formatOf(path: string): FileFormat {
  const extension = /\.(json|csv)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  return FILE_FORMATS.find((format) => format === extension) ?? 'ndjson';
}

async function* counted(
  content: AsyncIterable<unknown>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

/** @throws PenstockError `rows.rejected` for gzip that is none, or is cut off */
export async function* inflatedWhereZipped(
  bytes: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = await headOf(bytes);
  const all = resumed(head, bytes);
  if (!GZIP_MAGIC.every((byte, at) => head[at] === byte)) return yield* all;
  const gunzip = createGunzip();
  pipeline(all, gunzip, () => undefined); // what fails is thrown to the reader
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (!String(code).startsWith('Z_')) throw cause;
    throw new PenstockError('rows.rejected', 'The file is no valid gzip, or is cut off.', { cause });
  }
}

/** As many chunks as the magic needs: a pipe may give a byte at a time. */
async function headOf(bytes: AsyncGenerator<Uint8Array, void, undefined>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array();
  while (head.length < GZIP_MAGIC.length) {
    const next = await bytes.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* resumed(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* rest;
}

async function rowsOfJson(bytes: AsyncIterable<Uint8Array>, path: string): Promise<readonly unknown[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) {
      throw new PenstockError(
        'rows.rejected',
        `JSON is read up to ${MAX_JSON_BYTES} bytes; NDJSON may be of any size.`,
      );
    }
    chunks.push(chunk);
  }
  const parsed = parse(Buffer.concat(chunks), path);
  const rows = Array.isArray(parsed) ? (parsed as readonly unknown[]) : bodyRows(parsed);
  if (!('faults' in rows)) return rows;
  throw new PenstockError(
    'rows.rejected',
    `"${path}" must be a list of rows, or {"data": […]} with one and nothing else.`,
    rows,
  );
}

function parse(bytes: Buffer, path: string): unknown {
  if (!isUtf8(bytes)) throw new PenstockError('rows.rejected', `"${path}" is not UTF-8, as JSON has to be.`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new PenstockError('rows.rejected', `"${path}" is not JSON; for a row on each line, say --format ndjson.`);
  }
}
