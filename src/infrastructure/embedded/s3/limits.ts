/** The limits of S3 itself, where an account cannot change them. */
export const S3_LIMITS = {
  keyBytes: 1024,
  /** A listing's page, of objects, parts and uploads alike. */
  page: 1000,
  /** Keys of one DeleteObjects. */
  deletions: 1000,
  parts: 10_000,
  /** Every part but the last. */
  minPartBytes: 5 * 1024 ** 2,
  /** One PUT, one part, and the source of one copy. */
  maxPutBytes: 5 * 1024 ** 3,
  /** Names and values of `x-amz-meta-` headers together. */
  metadataBytes: 2 * 1024,
  tags: 10,
  tagKeyChars: 128,
  tagValueChars: 256,
  buckets: 1000,
} as const;

/** An upload that began longer ago than this goes when the endpoint opens: whoever began it was killed, or forgot it. */
export const MAX_UPLOAD_AGE_MS = 7 * 24 * 3_600_000;
/** The largest XML a request brings: a completion of 10,000 parts with their checksums, or 1,000 escaped keys. */
export const MAX_XML_BYTES = 8 * 1024 ** 2;
/** Content is gathered to this size before it is written, and read in pieces of it. */
export const FILE_PIECE_BYTES = 1024 ** 2;
/** So much may wait in the system's memory before it is sent to the disk, so that the last wait is short. */
export const SYNC_EVERY_BYTES = 64 * 1024 ** 2;
/**
 * Copies share the files of their source, unless its pieces are smaller than this on the average: then they are written
 * anew, so that neither patches upon patches scatter an object, nor a few bytes keep a large file alive.
 */
export const MIN_SHARED_BYTES = 512 * 1024;
/** What lies in more pieces than this is not told in the object's record, which listings read. */
export const MAX_RECORD_SLICES = 16;
