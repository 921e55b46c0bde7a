import type { DuplicateCounts } from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { DigestSet } from '../../domain/warehouse-loading/amplitude/digest-set.js';
import { DigestShares, SHARED_WORDS } from './digest-shares.js';
import { digests, type HourIds } from './hour-digests.js';
import { IS_INSERT_ID } from './id-writer.js';
import { ID_BYTES } from './run-record.js';

/** Digests looked at together, at most half of the slots of their set (16 MB). */
const SLOTS = 2 ** 20;
const ID_WORDS = ID_BYTES / Uint32Array.BYTES_PER_ELEMENT;

/** Lines of one hour that an earlier line has made needless. */
export interface DroppedLines {
  /** One bit a line. */
  readonly bits: Uint8Array;
  readonly counts: DuplicateCounts;
}

export interface FindOptions {
  /** Where digests are written that do not fit into memory. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Of the set: memory against files. */
  readonly slots?: number;
}

/**
 * Finds the lines that repeat an id of an earlier line, over all hours in order. The digests of one set are compared in
 * memory; where there are more, each of several shares of them is, so that memory stays the same and nothing is missed.
 *
 * @returns by the index of the hour; only hours with dropped lines are there
 * @throws RangeError when digests are not those that were written
 */
export async function findDuplicates(
  hours: readonly HourIds[],
  { folder, signal, slots = SLOTS }: FindOptions,
): Promise<ReadonlyMap<number, DroppedLines>> {
  const found = new Duplicates(hours);
  const total = hours.reduce((sum, { ids }) => sum + ids, 0);
  const set = new DigestSet(Math.min(slots, powerAbove(total * 2)));
  if (total <= slots / 2) {
    for await (const { index, chunk } of digests(hours, signal)) {
      const words = wordsOf(chunk);
      for (let at = 0; at < words.length; at += ID_WORDS) found.look(set, words, { at, index });
    }
    return found.result();
  }
  const shares = await DigestShares.write(hours, { folder, atOnce: slots / 2, signal });
  try {
    for (const chunks of shares.read()) await lookAtShare(found, set, chunks);
    return found.result();
  } finally {
    await shares.remove();
  }
}

async function lookAtShare(found: Duplicates, set: DigestSet, chunks: AsyncIterable<Buffer>): Promise<void> {
  set.clear();
  for await (const chunk of chunks) {
    const words = wordsOf(chunk);
    for (let at = 0; at < words.length; at += SHARED_WORDS) {
      found.look(set, words, { at, index: words[at + ID_WORDS] ?? 0 });
    }
  }
}

/** As the machine has them, which is how they were written. Memory for what is read begins with a word. */
function wordsOf(chunk: Buffer): Uint32Array {
  return new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length / Uint32Array.BYTES_PER_ELEMENT);
}

function powerAbove(number: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(number + 1)));
}

class Duplicates {
  private readonly byUuid = new Map<number, Uint8Array>();
  private readonly byInsertId = new Map<number, Uint8Array>();

  constructor(private readonly hours: readonly HourIds[]) {}

  look(set: DigestSet, words: Uint32Array, { at, index }: { at: number; index: number }): void {
    if (set.add(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0)) return;
    const lineAndKind = words[at + 4] ?? 0;
    const line = Math.floor(lineAndKind / 2);
    const bits = this.bitsOf(lineAndKind % 2 === IS_INSERT_ID ? this.byInsertId : this.byUuid, index);
    bits[line >>> 3] = (bits[line >>> 3] ?? 0) | (1 << (line & 7));
  }

  result(): ReadonlyMap<number, DroppedLines> {
    const indexes = new Set([...this.byUuid.keys(), ...this.byInsertId.keys()]);
    return new Map([...indexes].map((index) => [index, this.droppedOf(index)]));
  }

  /** A line that both of its ids tell counts as told by its uuid. */
  private droppedOf(index: number): DroppedLines {
    const [byUuid, byInsertId] = [this.bitsOf(this.byUuid, index), this.bitsOf(this.byInsertId, index)];
    const bits = byUuid.map((byte, at) => byte | (byInsertId[at] ?? 0));
    const uuid = ones(byUuid);
    return { bits, counts: { uuid, insertId: ones(bits) - uuid } };
  }

  private bitsOf(kind: Map<number, Uint8Array>, index: number): Uint8Array {
    const bits = kind.get(index) ?? new Uint8Array(Math.ceil((this.hours[index]?.lines ?? 0) / 8));
    kind.set(index, bits);
    return bits;
  }
}

function ones(bits: Uint8Array): number {
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
