import { type ErrorCode, PenstockError, type PenstockErrorOptions } from '../errors.js';

/** One record to publish; those of one partition key go to one shard. */
export interface OutgoingRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /**
   * It may share a record of the stream with others of its key, in a form that readers of such streams undo: many small
   * records of one key are published much faster so. Left out: it may not.
   */
  readonly isPackable?: boolean;
}

/** Not every record was accepted: those in `unpublished`, by their indexes in rising order, were given up. */
export class RecordsGivenUp extends PenstockError {
  constructor(
    code: ErrorCode,
    readonly unpublished: readonly number[],
    message: string,
    options?: PenstockErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** Streams to write to. */
export abstract class StreamSink {
  /** Creates the stream unless it exists, and waits until it can be used. */
  abstract ensure(streamName: string, shards: number): Promise<void>;

  /**
   * Publishes every record, or throws after bounded retries. Records of one partition key are stored in the order given,
   * also when some are refused one by one (throttling) and retried alone; when one is given up, so are those of its key
   * after it. A retry may publish a record twice, as the stream's own contract says.
   *
   * @returns how many were accepted: all of them
   * @throws PenstockError `stream.unknown`, `stream.forbidden`, `stream.throttled`, `stream.unreachable`,
   *   `record.too-large` for a record that the stream cannot take; as `RecordsGivenUp` where it is known which ones were
   *   accepted, else of none of them
   */
  abstract publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number>;
}
