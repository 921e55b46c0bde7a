import type { StreamRecord } from '../stream-onboarding/stream-record.js';

/** Whose rights are used: the service's own, or a caller's, who showed them for a session. */
export type StreamIdentity = 'service' | AwsCredentials;

export interface AwsCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
  readonly region?: string;
}

export interface StreamDescription {
  readonly name: string;
  /** Names this stream and no other, also none that has its name later, as far as the stream's system can tell. */
  readonly arn: string;
  readonly openShards: number;
  /** 0 where it is not known. */
  readonly retentionHours: number;
}

export interface StreamShard {
  readonly shardId: string;
  /** One for a split, two for a merge; parents may already be gone from the stream. */
  readonly parentShardIds: readonly string[];
  readonly closed: boolean;
}

/** `after`: the first record behind it. `at`: that record itself. Times are milliseconds since the epoch. */
export type ShardPosition =
  | { readonly kind: 'trim-horizon' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'at-time'; readonly ms: number }
  | { readonly kind: 'at'; readonly sequenceNumber: string }
  | { readonly kind: 'after'; readonly sequenceNumber: string };

export interface ShardPage {
  /** In the order of the shard, de-aggregated; may be empty. */
  readonly records: readonly StreamRecord[];
  /** How far behind the newest record the page ends, in milliseconds; 0 when caught up. */
  readonly behindMs: number;
}

/**
 * Streams to read from. Every adapter passes test/contracts/stream-source.contract.ts against a real engine.
 *
 * @throws PenstockError `stream.unknown`, `stream.forbidden`, `credentials.refused`, `stream.unreachable`
 */
export abstract class StreamSource {
  /** Names of all streams the identity may list, in order. Wrong credentials: `credentials.refused`. */
  abstract list(identity: StreamIdentity): Promise<string[]>;

  /** One stream by name. */
  abstract describe(streamName: string, identity: StreamIdentity): Promise<StreamDescription>;

  /** All shards that can still be read, open and closed, parents before children. */
  abstract shards(streamArn: string, identity: StreamIdentity): Promise<StreamShard[]>;

  /**
   * Pages of one shard from a position on, in order, without gap or repetition, for as long as the caller asks for
   * more: nothing is read ahead. A caught-up shard yields an empty page after a short wait. The sequence ends when the
   * shard is closed and read to its end, or when `signal` is aborted (then without an error). Throttling, expired
   * iterators and passing network failures are overcome inside; a stream that stays unreachable is
   * `stream.unreachable`, and reading can be resumed from the last record seen.
   */
  abstract read(shard: ShardToRead, signal: AbortSignal): AsyncIterable<ShardPage>;

  /**
   * Lets the stream's own tools see how far a reader is, where the stream has a place for that. Does not wait, does not
   * fail, and may be lost: the truth is the reader's own checkpoint.
   */
  abstract showProgress(progress: ReadingProgress): void;
}

/** Everything up to a record, and that record, has been read and stored. */
export interface ReadingProgress {
  /** Who reads, in words that may stand in the name of a consumer group. */
  readonly reader: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
}

export interface ShardToRead {
  readonly streamArn: string;
  readonly shardId: string;
  readonly from: ShardPosition;
  readonly identity: StreamIdentity;
}
