import type { ClickHouseSettings } from '@clickhouse/client';
import type { Column } from '../../domain/shared/column.js';
import { quoteIdentifier, quoteString } from '../../domain/shared/sql-quoting.js';
import { INSERT_FORMAT_SETTINGS } from '../../domain/stream-onboarding/insert-format.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { mayBeRows, translateFailure } from './clickhouse-errors.js';

/** A row of a batch, as text. */
export interface ProbeRow {
  readonly index: number;
  readonly text: string;
}

export interface ProbeColumns {
  readonly columns: readonly Column[];
  readonly skipUnknownFields: boolean;
}

/** Text of rows in one request; each is held a few times over, here and there. */
const REQUEST_BYTES = 4_000_000;

const SETTINGS: ClickHouseSettings = {
  ...INSERT_FORMAT_SETTINGS,
  input_format_parallel_parsing: 0,
  // Rows that do not fit are passed over, however many they are.
  input_format_allow_errors_num: '4294967295',
  input_format_allow_errors_ratio: 1,
  // The statement is the rows themselves, which do not belong into the log of queries.
  log_queries: 0,
  max_query_size: '67108864',
  max_execution_time: 0,
};

/**
 * Has ClickHouse read rows as an insert would, without a table: the rows stand in the statement, each with its number, and
 * the numbers of those that could be read come back. Nothing is stored or left behind, whenever it is interrupted.
 */
export class RowProbe {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly timeoutMs: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Rows that do not fit these columns, in order. */
  async misfits<R extends ProbeRow>(rows: readonly R[], columns: ProbeColumns): Promise<R[]> {
    const misfits: R[] = [];
    for (const part of parts(rows)) {
      const fitting = await this.fitting(part, columns);
      misfits.push(...part.filter(({ index }) => !fitting.has(index)));
    }
    return misfits;
  }

  private async fitting(rows: readonly ProbeRow[], columns: ProbeColumns): Promise<Set<number>> {
    try {
      return new Set(await this.ask(rows, columns));
    } catch (cause) {
      if (!mayBeRows(cause)) throw translateFailure(cause, 'a look for rows that do not fit');
      // A row the server cannot pass over: it is found by halving.
      if (rows.length <= 1) return new Set();
      const middle = rows.length >> 1;
      const left = await this.fitting(rows.slice(0, middle), columns);
      const right = await this.fitting(rows.slice(middle), columns);
      return new Set([...left, ...right]);
    }
  }

  private async ask(rows: readonly ProbeRow[], { columns, skipUnknownFields }: ProbeColumns): Promise<number[]> {
    const number = numberColumn(columns);
    const structure = [{ name: number, type: 'UInt32' }, ...columns]
      .map(({ name, type }) => `${quoteIdentifier(name)} ${type}`)
      .join(', ');
    // Led by a row that always fits: of none at all, the server answers with an exception.
    const text = [`{"${number}":${MAX_NUMBER}}`, ...rows.map((row) => withNumber(row, number))].join('\n');
    const client = await this.connection.client();
    this.signal.throwIfAborted(); // the client does not look at signals that are aborted already
    const result = await client.query({
      // ignore() has every column read that would otherwise be passed over.
      query:
        `SELECT groupArray(${quoteIdentifier(number)}) AS fitting FROM` +
        ` format(JSONEachRow, ${quoteString(structure)}, ${quoteString(text)}) WHERE NOT ignore(*)`,
      format: 'JSONEachRow',
      clickhouse_settings: { ...SETTINGS, input_format_skip_unknown_fields: skipUnknownFields ? 1 : 0 },
      abort_signal: AbortSignal.any([this.signal, AbortSignal.timeout(this.timeoutMs)]),
    });
    const [answer] = await result.json<{ fitting: number[] }>();
    return answer?.fitting ?? [];
  }
}

const MAX_NUMBER = 4_294_967_295;

/** A column that the table does not have. */
function numberColumn(columns: readonly Column[]): string {
  const names = new Set(columns.map(({ name }) => name));
  let name = '_penstock_row';
  while (names.has(name)) name += '_';
  return name;
}

/** A line that is no object is left as it is: it will not be read. */
function withNumber({ index, text }: ProbeRow, number: string): string {
  const open = /^\s*\{/u.exec(text)?.[0];
  if (open === undefined) return text;
  const rest = text.slice(open.length);
  return `{"${number}":${index}${/^\s*\}/u.test(rest) ? '' : ','}${rest}`;
}

function* parts<R extends ProbeRow>(rows: readonly R[]): Generator<R[]> {
  let part: R[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (part.length > 0 && bytes + row.text.length > REQUEST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(row);
    bytes += row.text.length;
  }
  if (part.length > 0) yield part;
}
