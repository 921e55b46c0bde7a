import { PenstockError } from '../../../domain/errors.js';
import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Log } from '../../../domain/ports/log.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { ShardLeases, LeaseWrite } from '../../../domain/ports/shard-leases.port.js';
import type { ShardPage, ShardPosition, StreamSource } from '../../../domain/ports/stream-source.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { FlushReason, Lease, LeaseProgress, PendingRange } from '../../../domain/stream-onboarding/lease.js';
import { freshRecords, planRange } from '../../../domain/stream-onboarding/record-range.js';
import {
  compareSequenceNumbers,
  positionOf,
  type StreamRecord,
} from '../../../domain/stream-onboarding/stream-record.js';
import type { BatchStore, Landed } from './batch-store.js';
import { CopyBatch } from './copy-batch.js';
import type { CopyLimits } from '../../../domain/stream-onboarding/copy-limits.js';
import { startPosition } from '../../../domain/stream-onboarding/start-position.js';
import { isLost, persist, Stopped } from './persist.js';
import { RecordFramer } from './record-framer.js';

/** How copying a shard ended: read to its end, taken by somebody else, or stopped from here. */
export type CopyEnd = 'shard-end' | 'lost' | 'stopped';

export interface CopierPorts {
  readonly source: StreamSource;
  readonly leases: ShardLeases;
  readonly store: BatchStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: CopyLimits;
  /** Bytes one batch may have now; changes with the number of shards this process copies. */
  readonly batchBytes: () => number;
}

/**
 * Copies one shard into its table for as long as it holds the lease. One insert is in flight while the next batch fills;
 * reading waits when both are full. Exactly once, by three steps in this order: the range is recorded in the lease, then
 * inserted under a token made of the range, then the checkpoint moves behind it and the range is cleared. Whoever comes
 * after a death finds the recorded range and repeats it under the same token, which the warehouse stores once.
 */
export class ShardCopier {
  private readonly stopping = new AbortController();
  private readonly aborting = new AbortController();
  private progress: LeaseProgress;
  private batch: CopyBatch;
  private flushing: Promise<void> = Promise.resolve();
  private flushFailed: unknown;
  private lastRead: string | undefined;
  private readonly framer: RecordFramer;

  constructor(
    private readonly ports: CopierPorts,
    readonly connector: Connector,
    private held: Lease,
  ) {
    this.progress = held.progress;
    this.framer = new RecordFramer(connector, held.shardId);
    this.batch = new CopyBatch(ports.clock.nowMs());
  }

  get lease(): Lease {
    return this.held;
  }

  /** Why the shard does not advance; undefined while it does. */
  get stalled(): string | undefined {
    return this.progress.stalled;
  }

  get lagMs(): number {
    return this.progress.lagMs ?? 0;
  }

  /** Stops reading and finishes the insert in flight; what is only read is left to whoever copies next. */
  stop(): void {
    this.stopping.abort();
  }

  /** Stops at once. An insert in flight may still land; its range is recorded, so it is repeated, not doubled. */
  abort(): void {
    this.stopping.abort();
    this.aborting.abort();
  }

  /** Shows that the owner is alive. @throws PenstockError `lease.lost` */
  async renew(): Promise<void> {
    await this.write({ progress: this.progress });
  }

  async run(): Promise<CopyEnd> {
    try {
      if (this.held.pending !== undefined) await this.repeat(this.held.pending);
      const ended = await this.copyPages();
      await this.flushing;
      if (this.flushFailed !== undefined) throw this.flushFailed;
      if (!ended) return 'stopped';
      await this.persist(() => this.write({ checkpoint: 'SHARD_END', pending: null, progress: this.progress }));
      return 'shard-end';
    } catch (cause) {
      if (isLost(cause)) return 'lost';
      if (cause instanceof Stopped) return 'stopped';
      throw cause;
    } finally {
      await this.flushing;
      this.abort();
    }
  }

  /** @returns whether the shard was read to its end */
  private async copyPages(): Promise<boolean> {
    for (;;) {
      try {
        return await this.readToEnd();
      } catch (cause) {
        if (isLost(cause) || cause instanceof Stopped || cause === this.flushFailed) throw cause;
        await this.pauseAfter(cause);
      }
    }
  }

  private async readToEnd(): Promise<boolean> {
    for await (const page of this.pages(startPosition(this.held, this.connector, this.lastRead))) {
      await this.takePage(page);
      if (this.flushFailed !== undefined) throw this.flushFailed;
    }
    if (this.stopping.signal.aborted) return false;
    if (!this.batch.isEmpty) await this.flush('shard-end');
    return true;
  }

  private pages(from: ShardPosition): AsyncIterable<ShardPage> {
    const { streamArn } = this.connector;
    const { shardId } = this.held;
    return this.ports.source.read({ streamArn, shardId, from, identity: 'service' }, this.stopping.signal);
  }

  private async takePage({ records, behindMs }: ShardPage): Promise<void> {
    const { limits, clock } = this.ports;
    const landed = this.lastRead === undefined ? this.held.checkpoint : { sequenceNumber: this.lastRead };
    for (const record of freshRecords(landed, records)) {
      const full = this.fullBecause(limits);
      if (full !== undefined && this.batch.splitsBefore(record)) await this.flush(full);
      this.framer.add(record, this.batch);
      this.lastRead = record.sequenceNumber;
    }
    this.report({ lagMs: behindMs, lagRecords: estimateLag(records, behindMs) + this.batch.size });
    if (this.fullBecause(limits) !== undefined) await this.flush(this.fullBecause(limits) ?? 'rows');
    else if (!this.batch.isEmpty && clock.nowMs() - this.batch.openedAtMs >= limits.batchAgeMs) await this.flush('age');
    // An empty batch has no age yet: it begins with its first record.
    if (this.batch.isEmpty) this.batch = new CopyBatch(clock.nowMs());
  }

  private fullBecause(limits: CopyLimits): FlushReason | undefined {
    if (this.batch.size >= limits.batchRows) return 'rows';
    return this.batch.bytes >= this.ports.batchBytes() ? 'bytes' : undefined;
  }

  /** Hands the batch over and goes on reading, as soon as the one before has landed. */
  private async flush(reason: FlushReason): Promise<void> {
    await this.flushing;
    if (this.flushFailed !== undefined) throw this.flushFailed;
    if (this.stopping.signal.aborted) throw new Stopped('stopped before a flush');
    const batch = this.batch;
    this.batch = new CopyBatch(this.ports.clock.nowMs());
    this.flushing = this.land(batch, batch.range(), reason).catch((cause: unknown) => {
      this.flushFailed = cause;
      this.stopping.abort();
    });
  }

  private async land(batch: CopyBatch, range: PendingRange, reason: FlushReason): Promise<void> {
    const { store, clock, metrics } = this.ports;
    const closedAtMs = clock.nowMs();
    await this.persist(() => this.write({ pending: range, progress: this.progress }));
    const landed = await store.land({
      connector: this.connector,
      shardId: this.held.shardId,
      range,
      batch,
      framer: this.framer,
      signal: this.aborting.signal,
      persist: (action) => this.persist(action),
    });
    this.noteLanded(landed, reason);
    const checkpoint = { sequenceNumber: range.last };
    await this.persist(() => this.write({ checkpoint, pending: null, progress: this.progress }));
    metrics.observe('penstock_batch_seconds', {}, (clock.nowMs() - closedAtMs) / 1000);
  }

  private noteLanded({ rows, bytes, deadLetters }: Landed, reason: FlushReason): void {
    const { metrics, clock } = this.ports;
    const connector = this.connector.id;
    metrics.count('penstock_copied_rows_total', { connector }, rows);
    metrics.count('penstock_copied_bytes_total', { connector }, bytes);
    if (deadLetters > 0) metrics.count('penstock_dead_letters_total', { connector }, deadLetters);
    metrics.count('penstock_batches_total', { connector, reason });
    this.report({
      rows: this.progress.rows + rows,
      bytes: this.progress.bytes + bytes,
      deadLetters: this.progress.deadLetters + deadLetters,
      lastFlushAtMs: clock.nowMs(),
      lastFlushReason: reason,
    });
  }

  /** Reads a recorded range again and lands it under its token, as whoever recorded it would have. */
  private async repeat(range: PendingRange): Promise<void> {
    const { store, log } = this.ports;
    const known = await this.persist(() => store.knownLetters(this.connector.id, this.held.shardId, range));
    const batch = this.frameAgain(await this.persist(() => this.readAgain(range)), known);
    const missing = range.records - batch.size;
    if (missing > 0) {
      const error = new PenstockError('stream.expired', 'Records of a range expired before it was copied.');
      log.error('Records are lost', error, { connector: this.connector.id, shard: this.held.shardId, missing });
    }
    await this.land(batch, range, 'recovery');
    this.lastRead = range.last;
  }

  /** The records of the range, as they are in the stream now: all of them, unless some have expired. */
  private async readAgain(range: PendingRange): Promise<readonly StreamRecord[]> {
    const { checkpoint } = this.held;
    const read: StreamRecord[] = [];
    for await (const page of this.pages({ kind: 'at', sequenceNumber: range.first })) {
      read.push(...page.records);
      const plan = planRange({ checkpoint, pending: range }, read);
      if (plan.kind === 'repeat') return plan.records;
      if (plan.kind === 'broken') break;
    }
    if (this.stopping.signal.aborted) throw new Stopped('stopped while repeating a range');
    return read.filter(({ sequenceNumber }) => compareSequenceNumbers(sequenceNumber, range.last) <= 0);
  }

  private frameAgain(records: readonly StreamRecord[], known: ReadonlySet<string>): CopyBatch {
    const batch = new CopyBatch(this.ports.clock.nowMs());
    for (const record of records) {
      if (known.has(positionOf(record))) batch.skip(record);
      else this.framer.add(record, batch);
    }
    return batch;
  }

  private async write(change: LeaseWrite): Promise<void> {
    const written = await this.ports.leases.write(this.held, change);
    // A renewal and a checkpoint may answer out of order; the counter tells which was later.
    if (written.counter > this.held.counter) this.held = written;
  }

  private persist<T>(action: () => Promise<T>): Promise<T> {
    const { clock, limits } = this.ports;
    const isFinal = (cause: unknown): boolean => isLost(cause) || cause instanceof Stopped;
    return persist(
      async () => {
        const value = await action();
        this.recovered();
        return value;
      },
      isFinal,
      {
        clock,
        minMs: limits.retryMinMs,
        maxMs: limits.retryMaxMs,
        signal: this.stopping.signal,
        onFailure: (cause) => this.stall(cause),
      },
    );
  }

  private async pauseAfter(cause: unknown): Promise<void> {
    this.stall(cause);
    await this.ports.clock.sleep(this.ports.limits.retryMaxMs, this.stopping.signal);
    if (this.stopping.signal.aborted) throw new Stopped('stopped while the stream was away');
  }

  private stall(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (this.progress.stalled !== reason) {
      const fields = { connector: this.connector.id, shard: this.held.shardId };
      this.ports.log.error('Copying waits', cause, fields);
    }
    this.report({ stalled: reason });
  }

  private recovered(): void {
    if (this.progress.stalled === undefined) return;
    const { stalled: _gone, ...rest } = this.progress;
    this.progress = rest;
    this.ports.log.info('Copying goes on', { connector: this.connector.id, shard: this.held.shardId });
  }

  private report(change: Partial<LeaseProgress>): void {
    this.progress = { ...this.progress, ...change };
  }
}

/** Records still in the shard, from the rate at which the last page's records arrived; 0 when caught up. */
function estimateLag(records: readonly StreamRecord[], behindMs: number): number {
  const first = records[0];
  const last = records.at(-1);
  if (behindMs === 0 || first === undefined || last === undefined) return 0;
  const spanMs = Math.max(1, last.arrivedAtMs - first.arrivedAtMs);
  return Math.round((records.length / spanMs) * behindMs);
}
