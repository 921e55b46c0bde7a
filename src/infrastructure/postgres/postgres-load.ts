import { Buffer } from 'node:buffer';
import type { PoolClient } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { InsertReceipt, InsertRows } from '../../domain/ports/warehouse-tables.port.js';
import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { type IdRun, IdRuns, idsOf } from '../../domain/warehouse-loading/id-runs.js';
import { LoadDigest } from '../../domain/warehouse-loading/load-digest.js';
import type { RowChunk } from '../../domain/warehouse-loading/row-chunks.js';
import { answered } from './answered.js';
import { CopiesAhead } from './copy-chunk.js';
import { copyStatement, upsertStatement } from './dwh-statements.js';
import { IdStock, takeIds } from './id-stock.js';
import { LoadReceipts } from './load-receipts.js';
import { isUnreachable, sqlState } from './migration-session.js';
import { forgetStatement, onceStatement } from './once-statements.js';
import { Upsert, type WrittenRow } from './upsert.js';

export interface PostgresLoadLimits {
  readonly statementTimeoutMs: number;
  readonly idempotencyKeptMs: number;
}

export interface PostgresLoadOptions extends InsertRows {
  /** Aborted with the failure of a COPY, which may come while the next rows are a long time coming. */
  readonly failed: AbortController;
}

/** A statement that finds out which rows it is to write. */
interface Finding {
  readonly upsert: Upsert;
  readonly text: string;
  /** Its parameters behind those of the rows. */
  readonly more: readonly unknown[];
}

const LOCK_NOT_AVAILABLE = '55P03';
const IN_USE_RETRY_MS = 2000;

/** One load on one connection, in one transaction. */
export class PostgresLoad {
  /** The chunk that is being written: the one to blame when PostgreSQL refuses. */
  writing: RowChunk | undefined;
  private readonly ids: IdRuns;
  private readonly receipts: LoadReceipts;
  private readonly stock = new IdStock((rows) => this.fetchIds(rows));
  private isBegun = false;
  private count = 0;
  private batches = 0;
  private readonly copies: CopiesAhead;
  /** Of the last COPY that was sent, and all before it. */
  private copying: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: PoolClient,
    private readonly table: DwhTable,
    private readonly options: PostgresLoadOptions,
    private readonly limits: PostgresLoadLimits,
  ) {
    this.copies = new CopiesAhead(client);
    this.ids = new IdRuns(options.maxIdRuns ?? Number.POSITIVE_INFINITY);
    this.receipts = new LoadReceipts(client, { engine: 'postgres', table: table.table }, limits.idempotencyKeptMs);
  }

  async run(first: RowChunk, rest: AsyncIterable<RowChunk>): Promise<InsertReceipt> {
    const { idempotencyKey } = this.options;
    const receipt =
      idempotencyKey === undefined
        ? await this.writeAll(first, rest)
        : await this.writeOnce(idempotencyKey, first, rest);
    this.options.signal?.throwIfAborted();
    await this.commit();
    return receipt;
  }

  private async writeAll(first: RowChunk, rest: AsyncIterable<RowChunk>): Promise<InsertReceipt> {
    await this.write(first);
    for await (const chunk of rest) await this.write(chunk);
    await this.copying;
    return { ids: this.ids.list, count: this.count, batches: this.batches };
  }

  private async writeOnce(key: string, first: RowChunk, rest: AsyncIterable<RowChunk>): Promise<InsertReceipt> {
    await this.answered(this.client.query('BEGIN'));
    this.isBegun = true;
    const digest = new LoadDigest(this.options.onConflict);
    const noted = noteAll(rest, digest);
    digest.add(first);
    if (await this.claim(key)) {
      const receipt = await this.writeAll(first, noted);
      await this.answered(this.receipts.keep(key, { state: 'done', digest: digest.text(), receipt }));
      return receipt;
    }
    for await (const _ of noted); // read to the end: only then it is known to be the same
    const known = await this.answered(this.receipts.find(key));
    if (known !== undefined && known.digest === digest.text()) return known.receipt;
    throw new PenstockError(
      'idempotency-key.reused',
      'The idempotency key belongs to a load of other rows, or with another on_conflict.',
    );
  }

  private async claim(key: string): Promise<boolean> {
    const { statementTimeoutMs } = this.limits;
    try {
      await this.client.query(`SET LOCAL lock_timeout = ${Math.ceil(statementTimeoutMs / 2)}`);
      return await this.answered(this.receipts.claim(key));
    } catch (cause) {
      if (sqlState(cause) !== LOCK_NOT_AVAILABLE) throw cause;
      const message = 'A load with this idempotency key is still under way.';
      throw new PenstockError('idempotency-key.in-use', message, { cause, retryAfterMs: IN_USE_RETRY_MS });
    }
  }

  private async write(chunk: RowChunk): Promise<void> {
    this.options.signal?.throwIfAborted();
    const { onConflict, onceBy } = this.options;
    const { key } = this.table;
    const ids = await this.stock.take(chunk.rows.length, chunk.following);
    if (key === undefined && onceBy !== undefined) await this.writeNew(chunk, ids, onceBy);
    else if (onConflict === 'error' || key === undefined) await this.copy(chunk, ids);
    else await this.upsert(chunk, ids, onConflict);
    this.batches += 1;
  }

  private async fetchIds(rows: number): Promise<readonly IdRun[]> {
    await this.copying;
    // One way there and back for both: most loads are small.
    const prefix = this.isBegun ? '' : 'BEGIN; ';
    this.isBegun = true;
    return this.answered(takeIds(this.client, this.table, rows, prefix));
  }

  /** Waits only for the COPY before: rows are made ready while PostgreSQL stores others, and sent before it asks for them. */
  private async copy(chunk: RowChunk, runs: readonly IdRun[]): Promise<void> {
    const before = this.copying;
    const sent = this.copies.copy(copyStatement(this.table), linesWithIds(chunk, runs));
    sent.catch(() => undefined); // told by `copying`
    this.copying = before.then(() => {
      this.writing = chunk;
      return this.answered(sent);
    });
    this.copying.catch((cause: unknown) => this.options.failed.abort(cause));
    for (const [first, rows] of runs) this.ids.add(first, rows);
    this.count += chunk.rows.length;
    await before;
  }

  private upsert(chunk: RowChunk, runs: readonly IdRun[], onConflict: 'ignore' | 'update'): Promise<void> {
    const { key = '' } = this.table;
    const upsert = new Upsert(this.table, chunk, onConflict);
    return this.writeFound(chunk, runs, { upsert, text: upsertStatement(this.table, key, onConflict), more: [] });
  }

  private async writeNew(chunk: RowChunk, runs: readonly IdRun[], column: string): Promise<void> {
    await this.answered(this.client.query(forgetStatement(chunk.rows.length)));
    const upsert = new Upsert(this.table, chunk, 'ignore');
    const more = [this.limits.idempotencyKeptMs];
    await this.writeFound(chunk, runs, { upsert, text: onceStatement(this.table, column), more });
  }

  private async writeFound(chunk: RowChunk, runs: readonly IdRun[], { upsert, text, more }: Finding): Promise<void> {
    this.writing = chunk;
    const given = idsOf(runs);
    const values = [...upsert.values(given), ...more];
    const { rows } = await this.answered(this.client.query<WrittenRow>(text, values));
    const ids = upsert.idsAfter(given, rows);
    for (const id of ids) this.ids.add(id, 1);
    this.count += ids.filter((id) => id !== null).length;
  }

  private async commit(): Promise<void> {
    try {
      await this.answered(this.client.query('COMMIT'));
    } catch (cause) {
      if (!(cause instanceof PenstockError) && sqlState(cause) !== '' && !isUnreachable(cause)) throw cause;
      const message = 'PostgreSQL did not answer to the commit: whether the rows are stored is not known.';
      throw new PenstockError('database.unreachable', `${message} A load with an idempotency key can be repeated.`, {
        cause,
      });
    }
  }

  private answered<T>(statement: Promise<T>): Promise<T> {
    return answered(statement, this.limits.statementTimeoutMs);
  }
}

/** Written into their bytes one by one, and not put together before: there are as many as rows of all loads. */
function linesWithIds({ lines, bytes }: RowChunk, runs: readonly IdRun[]): Buffer {
  const body = Buffer.allocUnsafe(bytes);
  let [line, end] = [0, 0];
  for (const [first, rows] of runs) {
    for (let n = 0; n < rows; n += 1) {
      end += body.write(lines[line++] ?? '', end);
      end += body.write(`\t${(first ?? 0) + n}\n`, end, 'latin1');
    }
  }
  return body.subarray(0, end);
}

async function* noteAll(chunks: AsyncIterable<RowChunk>, digest: LoadDigest): AsyncGenerator<RowChunk> {
  for await (const chunk of chunks) {
    digest.add(chunk);
    yield chunk;
  }
}
