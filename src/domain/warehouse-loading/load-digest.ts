import { createHash } from 'node:crypto';
import type { RowChunk } from './row-chunks.js';

/** What makes two loads the same: what becomes of conflicts, and every row as it is written, in order. */
export class LoadDigest {
  private readonly hash = createHash('sha256');

  constructor(onConflict: string) {
    this.hash.update(`${onConflict}\n`);
  }

  add({ lines }: RowChunk): void {
    this.hash.update(`${lines.join('\n')}\n`);
  }

  /** Of all that was added so far; more may be. */
  text(): string {
    return this.hash.copy().digest('hex');
  }
}
