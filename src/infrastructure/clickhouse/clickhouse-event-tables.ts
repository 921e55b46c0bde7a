import { Buffer } from 'node:buffer';
import type { EventLookup, EventTables } from '../../domain/ports/event-tables.port.js';
import { quoteIdentifier, quoteString } from '../../domain/shared/sql-quoting.js';
import { quoteTableName } from '../../domain/stream-onboarding/create-table-statement.js';
import { type EventKey, eventKeyText } from '../../domain/stream-onboarding/event-format.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { translateFailure } from './clickhouse-errors.js';

export interface EventTablesOptions {
  readonly statementTimeoutMs: number;
  readonly cluster?: string | undefined;
}

/** Keys that one statement asks for, and the bytes of their text; a single longer one goes alone. */
const KEYS_AT_ONCE = 50_000;
const KEY_BYTES_AT_ONCE = 4_000_000;
/** What the statement has besides its keys, which may double by quoting. */
const STATEMENT_BYTES = 10_000;

/** Tables of events in ClickHouse, sorted by (time, id). */
export class ClickhouseEventTables implements EventTables {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: EventTablesOptions,
  ) {}

  async ensureDatabase(name: string): Promise<void> {
    const { cluster, statementTimeoutMs } = this.options;
    const on = cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
    try {
      const client = await this.connection.client();
      await client.command({
        query: `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(name)}${on}`,
        clickhouse_settings: { wait_end_of_query: 1 },
        abort_signal: AbortSignal.timeout(statementTimeoutMs),
      });
    } catch (cause) {
      throw translateFailure(cause, `the database ${name}`);
    }
  }

  async stored(lookup: EventLookup, signal: AbortSignal): Promise<Set<string>> {
    const found = new Set<string>();
    try {
      for (const part of parts(lookup.events)) await this.find(lookup, part, { signal, found });
      return found;
    } catch (cause) {
      throw translateFailure(cause, `a look for events in ${lookup.table.database}.${lookup.table.table}`);
    }
  }

  private async find(
    lookup: EventLookup,
    part: readonly EventKey[],
    { signal, found }: { signal: AbortSignal; found: Set<string> },
  ): Promise<void> {
    const client = await this.connection.client();
    signal.throwIfAborted(); // the client does not look at signals that are aborted already
    const query = storedQuery(lookup, part);
    const answer = await client.query({
      query,
      query_params: { batch: lookup.exceptBatch },
      format: 'JSONCompactEachRow',
      clickhouse_settings: {
        max_query_size: String(Buffer.byteLength(query) + STATEMENT_BYTES),
        // The statement holds ids, which do not belong into the log of queries.
        log_queries: 0,
        output_format_json_quote_64bit_integers: 1,
      },
      abort_signal: AbortSignal.any([signal, AbortSignal.timeout(this.options.statementTimeoutMs)]),
    });
    for (const [time, id] of await answer.json<[string, string]>()) found.add(eventKeyText({ time, id }));
  }
}

/** The set is of the key's own columns, so that only granules with one of the times are read. */
function storedQuery({ table, idField, timeField }: EventLookup, part: readonly EventKey[]): string {
  const id = quoteIdentifier(idField);
  const time = quoteIdentifier(timeField);
  const text = part.map((key) => `[${key.time},${JSON.stringify(key.id)}]`).join('\n');
  const wanted = `format(JSONCompactEachRow, 'ms Int64, id String', ${quoteString(text)})`;
  const { first, last } = span(part);
  return (
    `SELECT toUnixTimestamp64Milli(${time}), ${id} FROM ${quoteTableName(table)}` +
    ` WHERE ${time} BETWEEN ${moment(first)} AND ${moment(last)}` +
    ` AND (${time}, ${id}) IN (SELECT ${moment('ms')}, id FROM ${wanted}) AND _batch != {batch: String}`
  );
}

const moment = (ms: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;

function span(part: readonly EventKey[]): { first: string; last: string } {
  let [first, last] = [part[0]?.time ?? '0', part[0]?.time ?? '0'];
  for (const { time } of part) {
    if (Number(time) < Number(first)) first = time;
    if (Number(time) > Number(last)) last = time;
  }
  return { first, last };
}

function* parts(events: readonly EventKey[]): Generator<readonly EventKey[]> {
  let part: EventKey[] = [];
  let bytes = 0;
  for (const event of events) {
    if (part.length > 0 && (part.length === KEYS_AT_ONCE || bytes + event.id.length > KEY_BYTES_AT_ONCE)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(event);
    bytes += event.id.length;
  }
  if (part.length > 0) yield part;
}
