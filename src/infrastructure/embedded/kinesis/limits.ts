/** The limits of the service. What AWS lets an account change can be changed here as well. */
export interface KinesisLimits {
  /** Records of one PutRecords call. */
  readonly putRecords: number;
  /** Largest record of a stream that does not set its own (`MaxRecordSizeInKiB`), data and partition key together. */
  readonly maxRecordKiB: number;
  /** All records of one PutRecords call; streams with larger records than 1 MiB get the 10 MiB of AWS. */
  readonly maxRequestBytes: number;
  readonly getRecords: number;
  readonly getRecordsBytes: number;
  /** Open shards of all streams. */
  readonly shards: number;
  /** Whether 1,000 records and 1 MiB per second and shard are enforced, as AWS does; off: as fast as the disk. */
  readonly throttleWrites: boolean;
}

export const DEFAULT_LIMITS: KinesisLimits = {
  putRecords: 500,
  maxRecordKiB: 1024,
  maxRequestBytes: 5 * 1024 * 1024,
  getRecords: 10_000,
  getRecordsBytes: 10 * 1024 * 1024,
  shards: 500,
  throttleWrites: false,
};

export const MAX_RECORD_KIB = 10 * 1024;
export const LARGE_REQUEST_BYTES = 10 * 1024 * 1024;
