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
  private part: ContentPart | undefined;
  private cutBytes = 0;
  private spare: Buffer[] = [];
  private spareBytes = 0;

  constructor(private readonly limits: CutLimits) {}

  /** Bytes of the part that is not handed over yet. */
  get openBytes(): number {
    return this.part?.bytes ?? 0;
  }

  /** Full parts, and last what is left; whoever takes a part releases it. */
  async *cut(content: AsyncIterable<Uint8Array>): AsyncGenerator<ContentPart> {
    try {
      for await (const chunk of content) yield* this.fill(chunk);
      if (this.part !== undefined) yield this.handOver(this.part);
    } finally {
      await this.part?.release();
    }
  }

  private async *fill(chunk: Uint8Array): AsyncGenerator<ContentPart> {
    for (let rest = chunk; rest.length > 0;) {
      const part = (this.part ??= await this.open());
      const taken = rest.subarray(0, part.room);
      this.requireRoom(taken.length);
      await part.add(taken);
      rest = rest.subarray(taken.length);
      if (part.room === 0) yield this.handOver(part);
    }
  }

  private handOver(part: ContentPart): ContentPart {
    this.part = undefined;
    this.cutBytes += part.bytes;
    return part;
  }

  private requireRoom(bytes: number): void {
    const { maxObjectBytes } = this.limits;
    if (this.cutBytes + this.openBytes + bytes <= maxObjectBytes) return;
    throw new PenstockError('object.too-large', `An object has at most ${maxObjectBytes} bytes.`);
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
