import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import { FRAME_HEADER_BYTES, frameBytesAtMost, type FrameHeader, type NewRecord, writeFrame } from './frame.js';
import { type ReadLimits, RecordRun } from './record-run.js';
import { openClosedSegment, Segment } from './segment.js';
import type { ShardSequence } from './sequence-number.js';

export interface ShardLogOptions {
  readonly now: () => number;
  /** Also wait for the disk, not only for the operating system, before a record counts as written. */
  readonly fsync: boolean;
  readonly segmentBytes: number;
  /** A segment is closed at this age even if it is small, so that retention can remove whole files. */
  readonly segmentAgeMs: number;
}

interface PendingAppend {
  readonly records: readonly NewRecord[];
  readonly written: (sequenceNumbers: string[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Records that may wait for the disk, per shard; beyond that the shard is too slow for its producers. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** Thrown when more records wait for the disk than MAX_PENDING_BYTES. */
export class ShardOverloaded extends Error {
  override readonly name = 'ShardOverloaded';
}

/**
 * The records of one shard, in append-only segment files. A record that was acknowledged survives `kill -9` of this
 * process: it was handed to the operating system. It survives a power failure only with `fsync`.
 */
export class ShardLog {
  private readonly pending: PendingAppend[] = [];
  private pendingBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private draining = false;
  private closed = false;
  private file: FileHandle | undefined;
  private lastTimeMs: number;
  private active: Segment;

  private constructor(
    private readonly folder: string,
    private readonly sequence: ShardSequence,
    private readonly options: ShardLogOptions,
    /** In their order; the last one is the active one. */
    private readonly segments: Segment[],
  ) {
    this.active = segments.at(-1) ?? new Segment(folder, FIRST_INDEX);
    if (segments.length === 0) segments.push(this.active);
    this.lastTimeMs = Math.max(...segments.map((segment) => segment.lastTimeMs));
  }

  /** Opens a shard's folder, or makes it; a record torn by `kill -9` was never acknowledged and is cut off. */
  static async open(folder: string, sequence: ShardSequence, options: ShardLogOptions): Promise<ShardLog> {
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => /^\d{16}\.log$/.test(name)).sort();
    const segments = names.map((name) => new Segment(folder, Number.parseInt(name, 10)));
    for (const segment of segments.slice(0, -1)) await openClosedSegment(segment);
    const last = segments.at(-1);
    if (last && !(await last.loadIndex()) && !(await last.recover())) await truncate(last.path, last.bytes);
    return new ShardLog(folder, sequence, options, segments);
  }

  /** Where the next record will be. */
  get nextIndex(): number {
    return this.active.nextIndex;
  }

  /** Where the oldest record still kept is. */
  get firstIndex(): number {
    return this.segments[0]?.firstIndex ?? this.active.firstIndex;
  }

  /**
   * Writes records behind all others, in one piece with whatever else waits for the same shard.
   *
   * @returns their sequence numbers, once they are written
   * @throws ShardOverloaded, or the failure of the file system; then none of them is in the shard
   */
  append(records: readonly NewRecord[]): Promise<string[]> {
    if (this.closed) return Promise.reject(new Error('The shard takes no more records.'));
    const bytes = sizeAtMost(records);
    if (this.pendingBytes + bytes > MAX_PENDING_BYTES) return Promise.reject(new ShardOverloaded());
    this.pendingBytes += bytes;
    return new Promise((written, failed) => {
      this.pending.push({ records, written, failed });
      if (this.draining) return;
      this.draining = true;
      void this.alone(() => this.writePending());
    });
  }

  /** Resolves when all that was appended before is written or has failed. */
  settled(): Promise<void> {
    return this.writing;
  }

  async read(from: number, limits: ReadLimits): Promise<RecordRun> {
    const run = new RecordRun(Math.max(from, this.firstIndex), limits);
    const end = this.nextIndex;
    for (const segment of this.segments.slice()) {
      if (segment.nextIndex <= run.nextIndex || run.nextIndex >= end) continue;
      // Trimming may remove a segment between two steps; its records have expired and are passed over.
      const gone = await run.takeFrom(segment).then(() => false, isMissingFile);
      if (gone) run.skipTo(segment.nextIndex);
      if (run.isFull) break;
    }
    return run;
  }

  /** The first record that arrived at the given time or later; the place of the next record if none did. */
  async indexAtTime(timeMs: number): Promise<number> {
    for (const segment of this.segments.slice()) {
      if (segment.isEmpty || segment.lastTimeMs < timeMs) continue;
      if (segment.firstTimeMs >= timeMs) return segment.firstIndex;
      return segment.indexAtTime(timeMs);
    }
    return this.nextIndex;
  }

  /** Removes segments in which every record arrived before the given time. */
  trim(beforeMs: number): Promise<void> {
    return this.alone(async () => {
      if (!this.active.isEmpty && this.active.lastTimeMs < beforeMs) await this.roll();
      for (const segment of this.segments.slice(0, -1)) {
        if (segment.lastTimeMs >= beforeMs) return;
        // Out of the list first: a reader must not meet a file that is about to vanish.
        this.segments.shift();
        await rm(segment.indexPath, { force: true });
        await rm(segment.path, { force: true });
      }
    });
  }

  /** Ends the writing, after all that waits is written. The records can still be read and trimmed. */
  close(): Promise<void> {
    this.closed = true;
    return this.alone(async () => {
      await this.closeFile();
      if (!this.active.isEmpty) await this.finishActive();
    });
  }

  /** Runs one thing at a time that changes files. */
  private alone(change: () => Promise<void>): Promise<void> {
    const done = this.writing.then(change);
    this.writing = done.catch(() => undefined);
    return done;
  }

  private async writePending(): Promise<void> {
    try {
      while (this.pending.length > 0) await this.writeGroup(this.pending.splice(0));
    } finally {
      this.draining = false;
    }
  }

  private async writeGroup(group: readonly PendingAppend[]): Promise<void> {
    const bytes = group.reduce((sum, { records }) => sum + sizeAtMost(records), 0);
    try {
      if (this.isTimeToRoll()) await this.roll();
      const numbers = await this.write(group, Buffer.allocUnsafe(bytes));
      group.forEach(({ written }, at) => written(numbers[at] ?? []));
    } catch (error) {
      for (const { failed } of group) failed(error);
    } finally {
      this.pendingBytes -= bytes;
    }
  }

  private async write(group: readonly PendingAppend[], buffer: Buffer): Promise<string[][]> {
    const timeMs = Math.max(this.options.now(), this.lastTimeMs);
    const frames: FrameHeader[] = [];
    let end = 0;
    const numbers = group.map(({ records }) =>
      records.map((record) => {
        const start = end;
        const index = this.nextIndex + frames.length;
        const sequenceNumber = this.sequence.numberOf(index, timeMs);
        end = writeFrame(buffer, start, record, { index, timeMs, sequenceNumber });
        const bodyBytes = end - start - FRAME_HEADER_BYTES;
        frames.push({ index, timeMs, bodyBytes, payloadBytes: record.payloadBytes });
        return sequenceNumber;
      }),
    );
    await this.writeBytes(buffer.subarray(0, end));
    // Only now can readers see them.
    for (const frame of frames) this.active.note(frame);
    this.lastTimeMs = timeMs;
    return numbers;
  }

  /** At the end of what counts, not of the file: what a failed write left behind is overwritten. */
  private async writeBytes(bytes: Buffer): Promise<void> {
    this.file ??= await openForWriting(this.active.path);
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.active.bytes + done);
      done += bytesWritten;
    }
    if (this.options.fsync) await this.file.datasync();
  }

  private isTimeToRoll(): boolean {
    const { segmentBytes, segmentAgeMs, now } = this.options;
    if (this.active.isEmpty) return false;
    return this.active.bytes >= segmentBytes || now() - this.active.firstTimeMs >= segmentAgeMs;
  }

  private async roll(): Promise<void> {
    await this.closeFile();
    await this.finishActive();
    const next = new Segment(this.folder, this.active.nextIndex);
    // The empty file remembers where the shard goes on, should all records before it be trimmed.
    await openForWriting(next.path).then((file) => file.close());
    this.segments.push(next);
    this.active = next;
  }

  private async finishActive(): Promise<void> {
    // Leftovers of a failed write would make the file longer than its index says.
    await truncate(this.active.path, this.active.bytes);
    await this.active.saveIndex();
  }

  private async closeFile(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.close();
  }
}

const FIRST_INDEX = 1;

function sizeAtMost(records: readonly NewRecord[]): number {
  return records.reduce((sum, record) => sum + frameBytesAtMost(record), 0);
}

/** Made if missing, and not in append mode: writes must be able to go over what a failed one left behind. */
function openForWriting(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT);
}

function isMissingFile(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
  throw error;
}
