import type { Buffer } from 'node:buffer';
import { PenstockError } from '../../domain/errors.js';
import { nextPartBytes, type PartLimits } from '../../domain/warehouse-loading/splice-plan.js';
import { type ContentPart, FilePart, MemoryPart } from './content-part.js';

/** Parts up to this size are kept in memory; larger ones, of content beyond 18 GiB, in a temporary file. */
export const MEMORY_PART_BYTES = 16 * 1024 * 1024;

export interface CutLimits extends PartLimits {
  readonly memoryPartBytes: number;
}

/** Cuts content of unknown length into parts that grow with it. */
export class PartCutter {
  /** Bytes of the part that is not handed over yet. */
  openBytes = 0;
  private cutBytes = 0;
  private spare: Buffer[] = [];
  private spareBytes = 0;

  constructor(private readonly limits: CutLimits) {}

  /** Full parts, and last what is left; whoever takes a part releases it. */
  async *cut(content: AsyncIterable<Uint8Array>): AsyncGenerator<ContentPart> {
    let part: ContentPart | undefined;
    try {
      for await (const chunk of content) {
        for (let rest = chunk; rest.length > 0;) {
          part ??= await this.open();
          const taken = rest.subarray(0, part.room);
          this.requireRoom(taken.length);
          await part.add(taken);
          this.openBytes = part.bytes;
          rest = rest.subarray(taken.length);
          if (part.room > 0) continue;
          const full = part;
          part = undefined;
          this.close(full);
          yield full;
        }
      }
      if (part === undefined) return;
      const last = part;
      part = undefined;
      this.close(last);
      yield last;
    } finally {
      await part?.release();
    }
  }

  private requireRoom(bytes: number): void {
    const { maxObjectBytes } = this.limits;
    if (this.cutBytes + this.openBytes + bytes <= maxObjectBytes) return;
    throw new PenstockError('object.too-large', `An object has at most ${maxObjectBytes} bytes.`);
  }

  private close({ bytes }: ContentPart): void {
    this.cutBytes += bytes;
    this.openBytes = 0;
  }

  private async open(): Promise<ContentPart> {
    const maxBytes = nextPartBytes(this.cutBytes, this.limits);
    if (maxBytes > this.limits.memoryPartBytes) return FilePart.open(maxBytes);
    if (maxBytes !== this.spareBytes) {
      this.spareBytes = maxBytes;
      this.spare = [];
    }
    return new MemoryPart(maxBytes, this.spare);
  }
}
