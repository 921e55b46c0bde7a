/** One record to publish; those of one partition key go to one shard. */
export interface OutgoingRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** Streams to write to. */
export abstract class StreamSink {
  /** Creates the stream unless it exists, and waits until it can be used. */
  abstract ensure(streamName: string, shards: number): Promise<void>;

  /**
   * Publishes every record, or throws after bounded retries; records that were refused one by one (throttling) are
   * retried alone, and then stand behind later ones. A retry may publish a record twice, as the stream's own contract
   * says.
   *
   * @returns how many were accepted: all of them
   * @throws PenstockError `stream.unknown`, `stream.forbidden`, `stream.throttled`, `stream.unreachable`; `record.too-large`
   * for a record that the stream cannot take, before or after others are published
   */
  abstract publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number>;
}
