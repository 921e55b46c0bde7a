import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../../domain/errors.js';
import { FRAME_HEADER_BYTES, type FrameHeader, frameIsIntact, readFrameHeader } from './frame.js';
import { replaceFile } from './replace-file.js';

/** A known place in a segment: the frame of record `index`, which arrived at `timeMs`, begins at `offset`. */
export interface Mark {
  readonly index: number;
  readonly timeMs: number;
  readonly offset: number;
}

export interface Frame extends FrameHeader {
  readonly offset: number;
  /** Starts with a comma. */
  readonly body: Buffer;
}

/** One mark for so many bytes: 256 marks for a full segment, and a seek reads no more than this in vain. */
const MARK_EVERY_BYTES = 64 * 1024;
/** A reader that wants one record should not pay for a thousand. */
const FIRST_READ_BYTES = 256 * 1024;
const READ_BYTES = 1024 * 1024;

/** A run of records of one shard in one file, with a sparse index in memory. Only the last of a shard grows. */
export class Segment {
  private marks: Mark[] = [];
  private markedUpTo = 0;
  /** Bytes of whole records; the file may hold more while a write is under way, or after one failed. */
  bytes = 0;
  nextIndex: number;
  firstTimeMs = Number.POSITIVE_INFINITY;
  lastTimeMs = 0;

  constructor(
    private readonly folder: string,
    readonly firstIndex: number,
  ) {
    this.nextIndex = firstIndex;
  }

  get path(): string {
    return join(this.folder, `${segmentName(this.firstIndex)}.log`);
  }

  get indexPath(): string {
    return join(this.folder, `${segmentName(this.firstIndex)}.idx`);
  }

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  /** Takes note of a frame that is now on disk, behind all others. */
  note({ index, timeMs, bodyBytes }: FrameHeader): void {
    if (this.bytes >= this.markedUpTo) {
      this.marks.push({ index, timeMs, offset: this.bytes });
      this.markedUpTo = this.bytes + MARK_EVERY_BYTES;
    }
    this.firstTimeMs = Math.min(this.firstTimeMs, timeMs);
    this.lastTimeMs = timeMs;
    this.nextIndex = index + 1;
    this.bytes += FRAME_HEADER_BYTES + bodyBytes;
  }

  private notesNext(frame: FrameHeader): boolean {
    if (frame.index !== this.nextIndex) return false;
    this.note(frame);
    return true;
  }

  /** Keeps the sparse index beside a segment that will not grow any more, so that opening need not read the records. */
  async saveIndex(): Promise<void> {
    const { bytes, nextIndex, firstTimeMs, lastTimeMs, marks } = this;
    await replaceFile(this.indexPath, JSON.stringify({ bytes, nextIndex, firstTimeMs, lastTimeMs, marks }));
  }

  /** Whether the index kept beside the segment fits its file; then it is in force. */
  async loadIndex(): Promise<boolean> {
    const text = await readFile(this.indexPath, 'utf8').catch(() => undefined);
    if (text === undefined) return false;
    // Written by saveIndex and renamed into place: it is whole or not there.
    const saved = JSON.parse(text) as Pick<Segment, 'bytes' | 'nextIndex' | 'firstTimeMs' | 'lastTimeMs'> & {
      marks: Mark[];
    };
    if (saved.bytes !== (await stat(this.path)).size) return false;
    Object.assign(this, saved);
    return true;
  }

  /** Builds the index from the records themselves, up to the first that is torn; answers whether all were whole. */
  async recover(): Promise<boolean> {
    const handle = await open(this.path, 'r');
    try {
      const { size } = await handle.stat();
      for await (const frames of readFrames(handle, 0, size, true)) {
        if (!frames.every((frame) => this.notesNext(frame))) break;
      }
      return this.bytes === size;
    } finally {
      await handle.close();
    }
  }

  /** Records from the given one on, up to what was whole when the reading began. */
  async *framesFrom(index: number): AsyncGenerator<Frame[]> {
    const start = lastWhere(this.marks, (mark) => mark.index <= index);
    for await (const frames of this.frames(start?.offset ?? 0)) {
      const skipped = index - (frames[0]?.index ?? index);
      if (skipped < frames.length) yield skipped > 0 ? frames.slice(skipped) : frames;
    }
  }

  /** The first record that arrived at the given time or later. */
  async indexAtTime(timeMs: number): Promise<number> {
    const start = lastWhere(this.marks, (mark) => mark.timeMs < timeMs);
    for await (const frames of this.frames(start?.offset ?? 0)) {
      const found = frames.find((frame) => frame.timeMs >= timeMs);
      if (found) return found.index;
    }
    return this.nextIndex;
  }

  private async *frames(offset: number): AsyncGenerator<Frame[]> {
    if (offset >= this.bytes) return;
    const end = this.bytes;
    const handle = await open(this.path, 'r');
    try {
      yield* readFrames(handle, offset, end, false);
    } finally {
      await handle.close();
    }
  }
}

/** A closed segment that is damaged in the middle is no leftover of `kill -9`: nothing here may cut it. */
export async function openClosedSegment(segment: Segment): Promise<void> {
  if (await segment.loadIndex()) return;
  if (!(await segment.recover())) {
    throw new PenstockError('engine.unavailable', `The Kinesis data file ${segment.path} is damaged.`);
  }
  await segment.saveIndex();
}

/** Sorts by name as by number, and holds every index a number can. */
export function segmentName(firstIndex: number): string {
  return String(firstIndex).padStart(16, '0');
}

/** Whole frames between two offsets, in runs: it ends silently at one that is cut off, or (`checked`) damaged. */
async function* readFrames(file: FileHandle, from: number, to: number, checked: boolean): AsyncGenerator<Frame[]> {
  let offset = from;
  let wanted = FIRST_READ_BYTES;
  while (offset < to) {
    const chunk = await readAt(file, offset, Math.min(wanted, to - offset));
    const frames = framesIn(chunk, offset, checked);
    const last = frames.at(-1);
    if (last) {
      yield frames;
      offset = last.offset + FRAME_HEADER_BYTES + last.bodyBytes;
      wanted = READ_BYTES;
    } else {
      // A frame longer than the chunk is read again at its full length; anything else is torn.
      const header = readFrameHeader(chunk, 0);
      const needed = header ? FRAME_HEADER_BYTES + header.bodyBytes : 0;
      if (needed <= chunk.length || needed > to - offset) return;
      wanted = needed;
    }
  }
}

function framesIn(chunk: Buffer, chunkOffset: number, checked: boolean): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  for (;;) {
    const header = readFrameHeader(chunk, at);
    if (!header) return frames;
    const end = at + FRAME_HEADER_BYTES + header.bodyBytes;
    if (end > chunk.length || (checked && !frameIsIntact(chunk, at, header))) return frames;
    frames.push({ ...header, offset: chunkOffset + at, body: chunk.subarray(at + FRAME_HEADER_BYTES, end) });
    at = end;
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function lastWhere(marks: readonly Mark[], holds: (mark: Mark) => boolean): Mark | undefined {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const mark = marks[middle];
    if (mark && holds(mark)) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1];
}
