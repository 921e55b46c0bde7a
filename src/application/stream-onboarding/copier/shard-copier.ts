import { PenstockError } from '../../../domain/errors.js';
import type { EventCodec } from '../../../domain/ports/event-codec.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { ShardPage, ShardPosition, StreamSource } from '../../../domain/ports/stream-source.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { FlushReason, Lease, LeaseProgress, PendingRange } from '../../../domain/stream-onboarding/lease.js';
import { freshRecords } from '../../../domain/stream-onboarding/record-range.js';
import { positionOf, type StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import type { BatchStore } from './batch-store.js';
import { CopyBatch } from './copy-batch.js';
import type { CopyLimits } from '../../../domain/stream-onboarding/copy-limits.js';
import { startPosition } from '../../../domain/stream-onboarding/start-position.js';
import { HeldLease, type HolderPorts } from './held-lease.js';
import { isLost, Stopped } from './persist.js';
import { framerOf } from './framers.js';
import { readRangeAgain } from './range-again.js';
import type { RecordFramer } from './record-framer.js';
import { countLanded, estimateLag, withLanded } from './shard-progress.js';

/** How copying a shard ended: read to its end, taken by somebody else, or stopped from here. */
export type CopyEnd = 'shard-end' | 'lost' | 'stopped';

export interface CopierPorts extends HolderPorts {
  readonly source: StreamSource;
  readonly store: BatchStore;
  readonly codec: EventCodec;
  readonly metrics: Metrics;
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
  private batch: CopyBatch;
  private flushing: Promise<void> = Promise.resolve();
  private flushFailed: unknown;
  private lastRead: string | undefined;
  private isReadingStalled = false;
  private readonly framer: RecordFramer;
  private readonly holder: HeldLease;

  constructor(
    private readonly ports: CopierPorts,
    readonly connector: Connector,
    held: Lease,
    inheritedWatermarkMs?: number,
  ) {
    this.holder = new HeldLease(ports, held);
    const watermarkMs = held.pending?.watermarkMs ?? held.watermarkMs ?? inheritedWatermarkMs;
    const { shardId } = held;
    this.framer = framerOf(ports.codec, { connector, shardId, ...(watermarkMs === undefined ? {} : { watermarkMs }) });
    this.batch = this.newBatch();
  }

  get lease(): Lease {
    return this.holder.lease;
  }

  /** Why the shard does not advance; undefined while it does. */
  get stalled(): string | undefined {
    return this.holder.stalled;
  }

  get lagMs(): number {
    return this.holder.lagMs;
  }

  /** Of events: the latest event time of what is stored. */
  get watermarkMs(): number | undefined {
    return this.lease.watermarkMs;
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
    await this.holder.write({});
  }

  async run(): Promise<CopyEnd> {
    try {
      const { pending } = this.lease;
      if (pending !== undefined) await this.repeat(pending);
      const ended = await this.copyPages();
      await this.flushing;
      if (this.flushFailed !== undefined) throw this.flushFailed;
      if (!ended) return 'stopped';
      await this.persist(() => this.holder.write({ checkpoint: 'SHARD_END', pending: null }));
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
    for await (const page of this.pages(startPosition(this.lease, this.connector, this.lastRead))) {
      if (this.isReadingStalled) this.readingGoesOn();
      await this.takePage(page);
      if (this.flushFailed !== undefined) throw this.flushFailed;
    }
    if (this.stopping.signal.aborted) return false;
    if (!this.batch.isEmpty) await this.flush('shard-end');
    return true;
  }

  private pages(from: ShardPosition): AsyncIterable<ShardPage> {
    const { streamArn } = this.connector;
    const { shardId } = this.lease;
    return this.ports.source.read({ streamArn, shardId, from, identity: 'service' }, this.stopping.signal);
  }

  private async takePage({ records, behindMs }: ShardPage): Promise<void> {
    const { limits, clock } = this.ports;
    const landed = this.lastRead === undefined ? this.lease.checkpoint : { sequenceNumber: this.lastRead };
    const fresh = freshRecords(landed, records);
    await this.framer.prepare(fresh);
    for (const record of fresh) {
      const full = this.fullBecause(limits);
      if (full !== undefined && this.batch.splitsBefore(record)) await this.flush(full);
      this.framer.add(record, this.batch);
      this.lastRead = record.sequenceNumber;
    }
    this.holder.report({ lagMs: behindMs, lagRecords: estimateLag(records, behindMs) + this.batch.size });
    if (this.fullBecause(limits) !== undefined) await this.flush(this.fullBecause(limits) ?? 'rows');
    else if (!this.batch.isEmpty && clock.nowMs() - this.batch.openedAtMs >= limits.batchAgeMs) await this.flush('age');
    // An empty batch has no age yet: it begins with its first record.
    if (this.batch.isEmpty) this.batch = this.newBatch();
  }

  private newBatch(): CopyBatch {
    return new CopyBatch(this.ports.clock.nowMs(), this.framer.watermarkMs);
  }

  private fullBecause(limits: CopyLimits): FlushReason | undefined {
    if (this.batch.size >= limits.batchRows) return 'rows';
    return this.batch.bytes >= this.ports.batchBytes() ? 'bytes' : undefined;
  }

  /** A stream without news has nothing to store, by which its recovery could be noticed. */
  private readingGoesOn(): void {
    this.isReadingStalled = false;
    this.holder.recovered();
  }

  /** Hands the batch over and goes on reading, as soon as the one before has landed. */
  private async flush(reason: FlushReason): Promise<void> {
    await this.flushing;
    if (this.flushFailed !== undefined) throw this.flushFailed;
    if (this.stopping.signal.aborted) throw new Stopped('stopped before a flush');
    const batch = this.batch;
    this.batch = this.newBatch();
    this.flushing = this.land(batch, batch.range(), reason).catch((cause: unknown) => {
      this.flushFailed = cause;
      this.stopping.abort();
    });
  }

  private async land(batch: CopyBatch, range: PendingRange, reason: FlushReason): Promise<void> {
    const { store, clock, metrics } = this.ports;
    const closedAtMs = clock.nowMs();
    await this.persist(() => this.holder.write({ pending: range }));
    const landed = await store.land({
      connector: this.connector,
      shardId: this.lease.shardId,
      range,
      batch,
      signal: this.aborting.signal,
      persist: (action) => this.persist(action),
      confirm: () => this.renew(),
    });
    const { watermarkMs } = batch;
    const write = {
      checkpoint: { sequenceNumber: range.last },
      pending: null,
      ...(watermarkMs === undefined ? {} : { watermarkMs }),
    };
    const progress = (before: LeaseProgress) => withLanded(before, landed, { atMs: clock.nowMs(), reason });
    await this.persist(() => this.holder.write(write, progress));
    this.showProgress(range.last);
    countLanded(metrics, { connector: this.connector.id, reason }, landed, batch.letters);
    metrics.observe('penstock_batch_seconds', {}, (clock.nowMs() - closedAtMs) / 1000);
  }

  private showProgress(sequenceNumber: string): void {
    const { id: reader, streamArn } = this.connector;
    this.ports.source.showProgress({ reader, streamArn, shardId: this.lease.shardId, sequenceNumber });
  }

  /** Reads a recorded range again and lands it under its token, as whoever recorded it would have. */
  private async repeat(range: PendingRange): Promise<void> {
    const { store, log } = this.ports;
    const known = await this.persist(() => store.knownLetters(this.connector.id, this.lease.shardId, range));
    const again = await this.persist(async () => {
      const pages = this.pages({ kind: 'at', sequenceNumber: range.first });
      const records = await readRangeAgain(pages, this.lease.checkpoint, range, this.stopping.signal);
      await this.framer.prepare(records);
      return records;
    });
    const batch = this.frameAgain(again, known);
    const missing = range.records - batch.size;
    if (missing > 0) {
      const error = new PenstockError('stream.expired', 'Records of a range expired before it was copied.');
      log.error('Records are lost', error, { connector: this.connector.id, shard: this.lease.shardId, missing });
    }
    await this.land(batch, range, 'recovery');
    this.lastRead = range.last;
    this.batch = this.newBatch();
  }

  private frameAgain(records: readonly StreamRecord[], known: ReadonlyMap<string, string>): CopyBatch {
    const batch = this.newBatch();
    for (const record of records) {
      const code = known.get(positionOf(record));
      if (code === undefined) this.framer.add(record, batch);
      else this.framer.addKnown(record, code, batch);
    }
    return batch;
  }

  private persist<T>(action: () => Promise<T>): Promise<T> {
    return this.holder.persist(action, this.stopping.signal);
  }

  private async pauseAfter(cause: unknown): Promise<void> {
    this.isReadingStalled = true;
    this.holder.stall(cause);
    await this.ports.clock.sleep(this.ports.limits.retryMaxMs, this.stopping.signal);
    if (this.stopping.signal.aborted) throw new Stopped('stopped while the stream was away');
  }
}
