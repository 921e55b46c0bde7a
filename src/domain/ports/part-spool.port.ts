import type { PartBody } from './appmetrica-logs.port.js';

export interface PartPlace {
  /** The job the part belongs to. */
  readonly job: string;
  readonly parts: number;
  readonly part: number;
}

export interface ContentFacts {
  readonly rows: number;
  readonly parts: number;
}

/** The content of an export, whole and for good. */
export interface PublishedContent extends ContentFacts {
  readonly bytes: number;
  readonly sha256: string;
  /** Machine that made it. */
  readonly host: string;
}

export interface StoredContent {
  readonly content: PublishedContent;
  /** Its bytes, from the beginning; they must be read to their end, or destroyed. */
  read(): AsyncIterable<Uint8Array> & { destroy(): unknown };
}

/**
 * Where the parts of exports wait on disk until all are there, and the content made of them is kept. Parts and contents
 * are there whole or not at all, whatever ends the process; processes that work on one export by mistake do not harm it.
 *
 * @throws PenstockError `export.no-space`
 */
export abstract class PartSpool {
  /** Numbers of the parts that are here, of an export split into so many. */
  abstract parts(job: string, parts: number): Promise<ReadonlySet<number>>;

  /**
   * Keeps a part as it came, once `inspect` has read its bytes, uncompressed, to their end without finding fault. Parts of
   * other splits are thrown away.
   *
   * @throws PenstockError `vendor.broken` when it cannot be uncompressed to its end; and whatever reading or `inspect` throws
   */
  abstract keep(
    place: PartPlace,
    body: PartBody,
    inspect: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void>;

  /** The bytes of a part, uncompressed. */
  abstract read(place: PartPlace): AsyncIterable<Uint8Array>;

  /**
   * Makes this the content of the export and throws its parts away; of two that are published at once, one is.
   *
   * @param facts asked for when the content has been read to its end
   */
  abstract publish(
    job: string,
    content: AsyncIterable<Uint8Array>,
    facts: () => ContentFacts,
  ): Promise<PublishedContent>;

  /** The published content. */
  abstract open(job: string): Promise<StoredContent | undefined>;

  /** Forgets all of an export. */
  abstract remove(job: string): Promise<void>;

  /** Removes what is left of exports that `isKnown` denies, where nothing was written for so long. @returns how many */
  abstract sweep(untouchedForMs: number, isKnown: (job: string) => Promise<boolean>): Promise<number>;
}
