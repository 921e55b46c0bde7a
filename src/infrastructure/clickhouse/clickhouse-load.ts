import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { PenstockError } from '../../domain/errors.js';
import type { LoadRecord, LoadTurn } from '../../domain/ports/load-ledger.port.js';
import type { InsertReceipt, InsertRows } from '../../domain/ports/warehouse-tables.port.js';
import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { IdRuns, idsOf } from '../../domain/warehouse-loading/id-runs.js';
import { canonicalJson } from '../../domain/warehouse-loading/json-value.js';
import { LoadDigest } from '../../domain/warehouse-loading/load-digest.js';
import { DATA_PLACE, type RowChunk } from '../../domain/warehouse-loading/row-chunks.js';
import { tabSeparated } from '../../domain/warehouse-loading/tab-separated.js';
import { ONCE_PER_TOKEN, ONE_BLOCK } from './batch-insert.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { exceptionCode } from './clickhouse-errors.js';
import { insertQuery } from './dwh-queries.js';
import { KeyLookup, type Outcome } from './key-lookup.js';

export interface ClickhouseLoadLimits {
  readonly insertTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** A load is one block in the memory of the server, and its keys are in ours. */
export const MAX_LOAD_ROWS = 1_000_000;
export const MAX_LOAD_BYTES = 268_435_456;

/** One load: one insert of one block under one token. */
export class ClickhouseLoad {
  private readonly digest: LoadDigest;
  private readonly ids = new IdRuns(Number.POSITIVE_INFINITY);
  private readonly lookup: KeyLookup | undefined;
  private readonly token: string;
  private rows = 0;
  private bytes = 0;
  private count = 0;
  /** Of a load that was begun before and has no known end: the ids its rows got then. */
  private repeated: (number | null)[] | undefined;
  private isKept = false;

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly table: DwhTable,
    private readonly options: InsertRows,
    private readonly limits: ClickhouseLoadLimits,
  ) {
    const { onConflict, idempotencyKey, place = DATA_PLACE } = options;
    this.digest = new LoadDigest(onConflict);
    this.token = `load:${table.table}:${idempotencyKey ?? randomUUID()}`;
    const key = table.columns.find(({ name }) => name === table.key);
    const load = { table, onConflict, place };
    this.lookup = key && new KeyLookup(connection, key, load, limits.statementTimeoutMs);
  }

  async run(turn: LoadTurn, first: RowChunk, rest: AsyncIterable<RowChunk>): Promise<InsertReceipt> {
    const { idempotencyKey } = this.options;
    const known = idempotencyKey === undefined ? undefined : await turn.find(idempotencyKey);
    const all = inOrder(first, rest);
    if (known?.state === 'done') return this.compare(known, all);
    if (known !== undefined) this.repeated = idsOf(known.receipt.ids ?? []);
    const lines = this.lines(turn, all, known);
    const begin = await lines.next(); // an insert of nothing at all is none
    if (begin.done !== true) await this.send(turn, inOrder(begin.value, lines));
    const receipt = this.receipt();
    if (idempotencyKey !== undefined) {
      await turn.keep(idempotencyKey, { state: 'done', digest: this.digest.text(), receipt });
    }
    return receipt;
  }

  /** Read to the end: only then it is known to be the same. */
  private async compare({ digest, receipt }: LoadRecord, chunks: AsyncIterable<RowChunk>): Promise<InsertReceipt> {
    for await (const chunk of chunks) this.digest.add(chunk);
    if (digest !== this.digest.text()) throw reused();
    return receipt;
  }

  /** The body of the insert. What is thrown before its end keeps ClickHouse from storing anything. */
  private async *lines(
    turn: LoadTurn,
    chunks: AsyncIterable<RowChunk>,
    known: LoadRecord | undefined,
  ): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      this.options.signal?.throwIfAborted();
      this.digest.add(chunk);
      const text = await this.linesOf(turn, chunk);
      this.bytes += text.length;
      this.rows += chunk.rows.length;
      if (this.rows > MAX_LOAD_ROWS || this.bytes > MAX_LOAD_BYTES) throw tooLarge();
      if (text !== '') yield Buffer.from(text);
    }
    const { idempotencyKey } = this.options;
    if (idempotencyKey === undefined) return;
    const digest = this.digest.text();
    if (known !== undefined && known.digest !== digest) throw reused();
    await turn.keep(idempotencyKey, { state: 'pending', digest, receipt: this.receipt() });
    this.isKept = known === undefined;
  }

  private async linesOf(turn: LoadTurn, chunk: RowChunk): Promise<string> {
    const fresh = idsOf(await turn.takeIds(chunk.rows.length)) as number[]; // none of them is left out
    const outcomes = await this.outcomesOf(chunk, fresh);
    for (const id of outcomes) this.ids.add(id, 1);
    this.count += outcomes.filter((id) => id !== null).length;
    const lines = chunk.rows.map((row, at) => {
      const id = outcomes[at];
      if (id === null || id === undefined) return '';
      const version = this.table.key === undefined ? '' : `\t${fresh[at]}`;
      return `${tabSeparated(this.comparable(row))}\t${id}${version}\n`;
    });
    return lines.join('');
  }

  private async outcomesOf(chunk: RowChunk, fresh: readonly number[]): Promise<readonly Outcome[]> {
    const again = this.repeated?.slice(chunk.first, chunk.first + chunk.rows.length);
    return again ?? (await this.lookup?.outcomes(chunk, fresh)) ?? fresh;
  }

  /** JSON is a text here, and is compared as one. */
  private comparable(row: readonly (string | null)[]): (string | null)[] {
    return row.map((text, index) =>
      text !== null && this.table.columns[index]?.type === 'json' ? canonicalJson(JSON.parse(text)) : text,
    );
  }

  private async send(turn: LoadTurn, lines: AsyncIterable<Buffer>): Promise<void> {
    const { idempotencyKey, signal } = this.options;
    const timeout = AbortSignal.timeout(this.limits.insertTimeoutMs);
    try {
      const client = await this.connection.client();
      const { stream } = await client.exec({
        query: insertQuery(this.table),
        values: Readable.from(lines, { objectMode: false }),
        clickhouse_settings: {
          ...ONE_BLOCK,
          ...ONCE_PER_TOKEN,
          date_time_input_format: 'best_effort',
          precise_float_parsing: 1,
          insert_deduplication_token: this.token,
        },
        abort_signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      await finished(stream.resume()); // the answer has no body; its end frees the connection
    } catch (cause) {
      // What the server refused is not stored; without its answer, nobody knows.
      if (this.isKept && idempotencyKey !== undefined && exceptionCode(cause) !== undefined) {
        await turn.forget(idempotencyKey);
      }
      throw cause;
    }
  }

  private receipt(): InsertReceipt {
    return { ids: this.ids.list, count: this.count, batches: 1 };
  }
}

async function* inOrder<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}

function reused(): PenstockError {
  return new PenstockError(
    'idempotency-key.reused',
    'The idempotency key belongs to a load of other rows, or with another on_conflict.',
  );
}

function tooLarge(): PenstockError {
  const message = `A load into ClickHouse is one block, of ${MAX_LOAD_ROWS} rows and ${MAX_LOAD_BYTES} bytes at most.`;
  return new PenstockError('request.too-large', message);
}
