import { PenstockError } from '../errors.js';
import type { ColumnType, DwhTable } from './dwh-tables.js';
import type { BatchedRows, RowPlace } from './row-chunks.js';
import { shownName } from './row-reader.js';

const QUOTE = '"';
const BYTE_ORDER_MARK = '\uFEFF';
const HEADER = 'header';

/** A cell; one that was in quotes is a text even when it is empty. */
interface Cell {
  readonly text: string;
  readonly isQuoted: boolean;
}

/**
 * The rows of a CSV (RFC 4180; line ends may be lone line feeds) whose header names columns, as the service writes them:
 * nothing between two commas is null, `""` is an empty text, a quote within a cell that does not begin with one is text, cells
 * of JSON columns are JSON. Memory is that of a chunk of bytes with its rows, and a record. Read once.
 */
export class CsvRows implements AsyncIterable<unknown>, BatchedRows {
  private index = 0;
  private header: readonly string[] | undefined;
  private types: ReadonlyMap<string, ColumnType>;

  constructor(
    private readonly bytes: AsyncIterable<Uint8Array>,
    table: DwhTable,
    private readonly maxRecordLength: number,
  ) {
    this.types = new Map(table.columns.map(({ name, type }) => [name, type]));
  }

  /** Records are counted from 1, the header is none. */
  readonly place: RowPlace = (index) => `record.${index + 1}`;

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }

  /**
   * The same, as many at once as a chunk of bytes has.
   *
   * @throws PenstockError `rows.rejected` for a record that cannot be read, or has more or fewer cells than the header, once
   *   all before it were given
   */
  async *batches(): AsyncGenerator<readonly unknown[], void, undefined> {
    let rest = '';
    for await (const piece of this.texts()) {
      rest += piece;
      const reader = this.readerOf(rest);
      // A quote at the end may be the first of two.
      yield* this.rowsOf(reader, false);
      rest = rest.slice(reader.readTo);
      if (rest.length > this.maxRecordLength) throw this.rejected(`is longer than ${this.maxRecordLength} characters`);
    }
    const reader = this.readerOf(rest);
    yield* this.rowsOf(reader, true);
    if (reader.readTo < rest.length) throw this.rejected('is not closed: a quote is open');
  }

  private readerOf(text: string): RecordReader {
    return new RecordReader(text, (message) =>
      this.rejected(message, this.header === undefined ? HEADER : this.place(this.index)),
    );
  }

  /** Of the records that are whole. */
  private *rowsOf(reader: RecordReader, isEnd: boolean): Generator<readonly unknown[], void, undefined> {
    const rows: unknown[] = [];
    try {
      for (let cells = reader.next(isEnd); cells !== undefined; cells = reader.next(isEnd)) this.take(cells, rows);
    } catch (fault) {
      yield rows;
      throw fault;
    }
    yield rows;
  }

  private take(cells: readonly Cell[], into: unknown[]): void {
    const { header } = this;
    if (header === undefined) {
      this.header = this.headerOf(cells);
    } else if (header.length === 1 || !isEmptyLine(cells)) {
      into.push(this.rowOf(header, cells));
      this.index += 1;
    }
  }

  /** Of two columns of one name, a row could keep only one. */
  private headerOf(cells: readonly Cell[]): string[] {
    const names = new Set<string>();
    for (const { text } of cells) {
      if (names.has(text)) throw this.rejected(`names the column "${shownName(text)}" twice`, HEADER);
      names.add(text);
    }
    return [...names];
  }

  private rowOf(header: readonly string[], cells: readonly Cell[]): Record<string, unknown> {
    if (cells.length !== header.length)
      throw this.rejected(`has ${cells.length} cells, and the header ${header.length}`);
    return Object.fromEntries(header.map((name, at) => [name, this.valueOf(name, cells[at])]));
  }

  private valueOf(name: string, cell: Cell | undefined): unknown {
    if (cell === undefined || (cell.text === '' && !cell.isQuoted)) return null;
    if (this.types.get(name) !== 'json') return cell.text;
    try {
      return JSON.parse(cell.text);
    } catch {
      throw this.rejected(`holds no JSON in the column ${name}`);
    }
  }

  private async *texts(): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      let isFirst = true;
      for await (const chunk of this.bytes) {
        const text = decoder.decode(chunk, { stream: true });
        yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
        isFirst = isFirst && text === '';
      }
      yield decoder.decode();
    } catch (cause) {
      throw cause instanceof TypeError ? this.rejected('is not UTF-8') : cause;
    }
  }

  private rejected(message: string, path = this.place(this.index)): PenstockError {
    return new PenstockError('rows.rejected', 'A record cannot be read; nothing was written.', {
      faults: [{ path, message }],
    });
  }
}

function isEmptyLine([cell, ...others]: readonly Cell[]): boolean {
  return others.length === 0 && cell?.text === '' && !cell.isQuoted;
}

/** Reads records of a text, as far as they are whole. */
class RecordReader {
  /** Up to here, records were whole. */
  readTo = 0;

  constructor(
    private readonly text: string,
    private readonly rejected: (message: string) => PenstockError,
  ) {}

  /** @throws what `rejected` makes of a record that is no CSV */
  next(isEnd: boolean): readonly Cell[] | undefined {
    const cells: Cell[] = [];
    let at = this.readTo;
    if (at >= this.text.length) return undefined;
    for (;;) {
      const end = this.text[at] === QUOTE ? this.quotedEnd(at, isEnd) : this.plainEnd(at, isEnd);
      if (end === undefined) return undefined;
      cells.push(this.cell(at, end));
      const after = this.text[end];
      if (after !== ',') {
        if (!isLineEnd(after)) throw this.rejected('has text behind a closing quote');
        this.readTo = Math.min(this.text.length, end + (after === '\r' && this.text[end + 1] === '\n' ? 2 : 1));
        return cells;
      }
      at = end + 1;
    }
  }

  private cell(from: number, to: number): Cell {
    if (this.text[from] !== QUOTE) return { text: this.text.slice(from, to), isQuoted: false };
    return { text: this.text.slice(from + 1, to - 1).replaceAll('""', QUOTE), isQuoted: true };
  }

  /** The place behind the closing quote, where the cell's end has to be. */
  private quotedEnd(from: number, isEnd: boolean): number | undefined {
    let at = from + 1;
    for (;;) {
      at = this.text.indexOf(QUOTE, at);
      if (at < 0) return undefined;
      if (this.text[at + 1] !== QUOTE) break;
      at += 2;
    }
    return this.isKnown(at + 1, isEnd) ? at + 1 : undefined;
  }

  private plainEnd(from: number, isEnd: boolean): number | undefined {
    END.lastIndex = from;
    const at = END.exec(this.text)?.index ?? this.text.length;
    return this.isKnown(at, isEnd) ? at : undefined;
  }

  /** Whether what follows is there already: a carriage return may have its line feed in the next chunk. */
  private isKnown(end: number, isEnd: boolean): boolean {
    if (isEnd) return true;
    return end < this.text.length && (this.text[end] !== '\r' || end + 1 < this.text.length);
  }
}

function isLineEnd(after: string | undefined): boolean {
  return after === '\n' || after === '\r' || after === undefined;
}

const END = /,|\r\n|\n|\r/g;
