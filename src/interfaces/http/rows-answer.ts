import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';
import { reportCutOff } from './cut-off.js';

/** How rows are written; the order is ours where the client has no preference. */
export const ROW_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** What each format answers to in `Accept`; the first is what the answer says. */
const MEDIA_TYPES: Readonly<Record<RowFormat, readonly [string, ...string[]]>> = {
  json: ['application/json'],
  ndjson: ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'],
  csv: ['text/csv'],
};

const CONTENT_TYPES: Readonly<Record<RowFormat, string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** Rows that are answered; `columns` are their names in the order of the CSV, and its header. */
export interface RowsAnswer {
  readonly format: RowFormat;
  readonly columns: readonly string[];
  /** Values are JSON's. Read as fast as the client takes them; ended early when it leaves. */
  readonly rows: AsyncIterable<ReadableRow>;
  /** Columns that hold any value of JSON: in a CSV, their texts are JSON too, so that they can be told from the rest. */
  readonly jsonColumns?: readonly string[];
  /** File name of a CSV, without the extension. */
  readonly name?: string;
}

/** For OpenAPI: `content` of a route that answers rows in every format. */
export const ROW_MEDIA_TYPES = ROW_FORMATS.map((format) => MEDIA_TYPES[format][0]);

/**
 * The format an `Accept` header prefers (RFC 9110, 12.5.1): weights count, more specific ranges win, JSON where nothing is
 * preferred, and also where nothing that is accepted is ours, which the RFC leaves to the server.
 */
export function rowFormat(accept: string | undefined): RowFormat {
  const ranges = (accept ?? '').split(',').flatMap(rangeOf);
  const weighed = ROW_FORMATS.map((format) => ({ format, weight: weightOf(format, ranges) }));
  const best = weighed.reduce((found, each) => (each.weight > found.weight ? each : found));
  return best.weight > 0 ? best.format : 'json';
}

/**
 * Answers rows as they come, with flat memory: JSON as one array, NDJSON as an object a line, CSV after RFC 4180 with a
 * header (nothing for null, `""` for an empty text, JSON for objects and arrays). The client's pace is the pace of `rows`.
 *
 * What fails before the first row is thrown, and becomes a problem; what fails later cuts the connection, so that half an
 * answer is never taken for a whole one.
 */
export async function answerRows(reply: FastifyReply, answer: RowsAnswer): Promise<void> {
  const chunks = textChunks(answer)[Symbol.asyncIterator]();
  const first = await chunks.next();
  const { format, name } = answer;
  void reply.status(200).header('content-type', CONTENT_TYPES[format]).header('vary', 'accept');
  if (format === 'csv' && name !== undefined) {
    void reply.header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.csv"`);
  }
  const body = Readable.from(resumed(first, chunks), { objectMode: false, highWaterMark: CHUNK_LENGTH });
  reportCutOff(reply, body);
  await reply.send(body);
}

/** Characters gathered before they are handed on: as many as sockets like. */
const CHUNK_LENGTH = 65_536;
/** Rows gathered at most. */
const MAX_BATCH_ROWS = 500;

/**
 * The answer's text, in pieces of about that length, or of a row that is longer. The first comes with the first row, because
 * the next may take long, or after the end where there is none.
 */
export async function* textChunks({ format, rows, ...shape }: RowsAnswer): AsyncGenerator<Buffer, void, undefined> {
  const writer = WRITERS[format](shape);
  let head: string | undefined = writer.head;
  let batch: Cells[] = [];
  let length = CHUNK_LENGTH;
  for await (const row of rows) {
    const cells = writer.cells(row);
    batch.push(cells);
    length += lengthOf(cells);
    if (length < CHUNK_LENGTH && batch.length < MAX_BATCH_ROWS) continue;
    yield Buffer.from((head ?? writer.between) + writer.text(batch));
    [head, batch, length] = [undefined, [], 0];
  }
  const rest = batch.length > 0 ? writer.between + writer.text(batch) : (head ?? '');
  if (rest + writer.tail !== '') yield Buffer.from(rest + writer.tail);
}

type ReadableRow = Readonly<Record<string, unknown>>;
/** What is written of a row; what may be large is a text already. */
type Cells = readonly unknown[];

function lengthOf(cells: Cells): number {
  let length = 0;
  for (const cell of cells) if (typeof cell === 'string') length += cell.length;
  return length;
}

interface Writer {
  readonly head: string;
  /** Between two batches. */
  readonly between: string;
  readonly tail: string;
  cells(row: ReadableRow): Cells;
  text(batch: readonly Cells[]): string;
}

type Shape = Pick<RowsAnswer, 'columns' | 'jsonColumns'>;

const WRITERS: Readonly<Record<RowFormat, (shape: Shape) => Writer>> = {
  json: () => ({
    head: '[',
    between: ',',
    tail: ']',
    cells: (row) => [JSON.stringify(row)],
    text: (batch) => batch.flat().join(','),
  }),
  ndjson: () => ({
    head: '',
    between: '',
    tail: '',
    cells: (row) => [`${JSON.stringify(row)}\n`],
    text: (batch) => batch.flat().join(''),
  }),
  csv: ({ columns, jsonColumns = [] }) => {
    const areJson = columns.map((column) => jsonColumns.includes(column));
    return {
      head: csvText([columns]),
      between: '',
      tail: '',
      cells: (row) => columns.map((column, at) => (areJson[at] === true ? jsonCell(row[column]) : row[column])),
      text: csvText,
    };
  },
};

function jsonCell(value: unknown): unknown {
  return value === null || value === undefined ? value : JSON.stringify(value);
}

function csvText(records: readonly (readonly unknown[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    {
      record_delimiter: '\r\n',
      // A null is nothing between commas, but a line with nothing on it would be no record.
      quoted_empty: (records[0]?.length ?? 0) === 1,
      quoted_match: /^$|[\r\n]/,
      cast: { boolean: String },
    },
  );
}

async function* resumed(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

function rangeOf(text: string): MediaRange[] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (type === '') return [];
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const weight = given === undefined ? 1 : Number(given);
  return [{ type, weight: weight >= 0 && weight <= 1 ? weight : 0 }];
}

/** That of the most specific range that covers one of the format's types; 0 where none does. */
function weightOf(format: RowFormat, ranges: readonly MediaRange[]): number {
  const types = MEDIA_TYPES[format];
  const [family = ''] = types[0].split('/');
  const levels = [types, [`${family}/*`], ['*/*']];
  for (const level of levels) {
    const found = ranges.filter(({ type }) => level.includes(type)).map(({ weight }) => weight);
    if (found.length > 0) return Math.max(...found);
  }
  return 0;
}
