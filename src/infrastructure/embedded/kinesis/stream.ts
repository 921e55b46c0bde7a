import { mkdir } from 'node:fs/promises';
import { AwsError } from '../aws/aws-error.js';
import type { NewRecord } from './frame.js';
import type { HashKey } from './hash-key.js';
import type { ReadLimits, RecordRun } from './record-run.js';
import { type ShardLogOptions, ShardOverloaded } from './shard-log.js';
import { type Shard, ShardSet } from './shard-set.js';
import { openShards, saveMetadata, shardId, type StreamMetadata } from './stream-metadata.js';
import { WriteThrottle } from './write-throttle.js';

export interface StreamOptions extends ShardLogOptions {
  /** How long a stream shows that it is being created or updated, as on AWS, where this takes much longer. */
  readonly transitionMs: number;
  readonly throttleWrites: boolean;
}

export interface RoutedRecord extends NewRecord {
  readonly hashKey: HashKey;
}

export interface Stored {
  readonly ShardId: string;
  readonly SequenceNumber: string;
}

export interface NotStored {
  readonly ErrorCode: 'ProvisionedThroughputExceededException' | 'InternalFailure';
  readonly ErrorMessage: string;
}

export type PutOutcome = Stored | NotStored;
export type StreamStatus = 'CREATING' | 'UPDATING' | 'ACTIVE';

export const HOUR_MS = 3_600_000;

/** A stream on disk: `stream.json`, and a folder of segments per shard. */
export class Stream {
  private readonly shards: ShardSet;
  private readonly throttle: WriteThrottle;
  private changing: Promise<void> = Promise.resolve();
  private closed = false;
  /** While shards are exchanged, producers wait here, so that no record slips into a shard that is closing. */
  private gate: Promise<void> | undefined;
  private transition: { readonly status: StreamStatus; readonly endsMs: number } = { status: 'ACTIVE', endsMs: 0 };

  private constructor(
    private readonly folder: string,
    private current: StreamMetadata,
    private readonly options: StreamOptions,
  ) {
    this.shards = new ShardSet(folder, options);
    this.throttle = new WriteThrottle(options.now);
  }

  static async create(folder: string, metadata: StreamMetadata, options: StreamOptions): Promise<Stream> {
    await mkdir(folder, { recursive: true });
    const stream = new Stream(folder, metadata, options);
    stream.shards.use(metadata.shards, await stream.shards.openFiles(metadata.shards));
    await saveMetadata(folder, metadata, options.fsync);
    stream.enter('CREATING');
    return stream;
  }

  static async open(folder: string, metadata: StreamMetadata, options: StreamOptions): Promise<Stream> {
    const stream = new Stream(folder, metadata, options);
    await stream.shards.removeStrangers(metadata.shards);
    stream.shards.use(metadata.shards, await stream.shards.openFiles(metadata.shards));
    return stream;
  }

  get metadata(): StreamMetadata {
    return this.current;
  }

  get status(): StreamStatus {
    return this.options.now() < this.transition.endsMs ? this.transition.status : 'ACTIVE';
  }

  /** Records that arrived before this moment are not kept any more. */
  get horizonMs(): number {
    const { retentionHours, trimmedBeforeMs } = this.current;
    return Math.max(this.options.now() - retentionHours * HOUR_MS, trimmedBeforeMs);
  }

  shard(index: number): Shard | undefined {
    return this.shards.get(index);
  }

  /** Writes each record to the open shard of its hash key; one outcome per record, in their order. */
  async put(records: readonly RoutedRecord[]): Promise<PutOutcome[]> {
    while (this.gate) await this.gate;
    const outcomes: PutOutcome[] = Array.from({ length: records.length });
    const groups = new Map<Shard, number[]>();
    records.forEach((record, at) => {
      const shard = this.shards.shardOf(record.hashKey);
      if (this.options.throttleWrites && !this.throttle.admits(shard.metadata.index, record.payloadBytes)) {
        outcomes[at] = this.rateExceeded(shard);
        return;
      }
      const group = groups.get(shard);
      if (group) group.push(at);
      else groups.set(shard, [at]);
    });
    const writes = [...groups].map(async ([shard, places]) => {
      const written = await this.putInto(
        shard,
        places.flatMap((at) => records[at] ?? []),
      );
      places.forEach((at, nth) => (outcomes[at] = written(nth)));
    });
    await Promise.all(writes);
    return outcomes;
  }

  /** Records of a shard from an index on; what retention has removed is passed over. */
  async read({ log }: Shard, from: number, limits: ReadLimits): Promise<RecordRun> {
    const run = await log.read(from, limits);
    const horizonMs = this.horizonMs;
    if (run.firstTimeMs === undefined || run.firstTimeMs >= horizonMs) return run;
    return log.read(Math.max(from, await log.indexAtTime(horizonMs)), limits);
  }

  /** Changes settings and tags: on disk first, then for everybody. */
  update(change: (metadata: StreamMetadata) => StreamMetadata): Promise<void> {
    return this.alone(() => this.save(change(this.current)));
  }

  /** Exchanges shards. Records put before are in the old shards, records put after in the new ones. */
  reshard(plan: (metadata: StreamMetadata) => StreamMetadata): Promise<void> {
    return this.alone(async () => {
      this.mustBeActive();
      const before = openShards(this.current);
      const next = plan(this.current);
      let reopen = (): void => undefined;
      this.gate = new Promise((resolve) => (reopen = resolve));
      try {
        await this.shards.settled();
        const opened = await this.shards.openFiles(next.shards);
        await this.save(next);
        this.shards.use(next.shards, opened);
        this.enter('UPDATING');
      } finally {
        this.gate = undefined;
        reopen();
      }
      const still = new Set(openShards(next).map(({ index }) => index));
      await this.shards.close(before.map(({ index }) => index).filter((index) => !still.has(index)));
    });
  }

  /** Removes what retention does not cover any more: whole segments, and closed shards with nothing left in them. */
  trim(): Promise<void> {
    return this.alone(async () => {
      const { horizonMs } = this;
      for (const { log } of this.shards.all()) await log.trim(horizonMs);
      const expired = ({ closedMs }: { closedMs?: number }): boolean => closedMs !== undefined && closedMs < horizonMs;
      const gone = this.current.shards.filter(expired);
      if (gone.length === 0) return;
      await this.save({ ...this.current, shards: this.current.shards.filter((shard) => !expired(shard)) });
      this.shards.use(this.current.shards, []);
      for (const { index } of gone) await this.shards.removeFiles(index);
    });
  }

  /** @throws AwsError `ResourceInUseException` */
  mustBeActive(): void {
    if (this.status === 'ACTIVE') return;
    const { name } = this.current;
    throw new AwsError('ResourceInUseException', `Stream ${name} is not ACTIVE, instead in state ${this.status}.`);
  }

  /** Nothing can be changed or written any more. */
  close(): Promise<void> {
    const closing = this.alone(() => this.shards.close(this.current.shards.map(({ index }) => index)));
    this.closed = true;
    return closing;
  }

  private async putInto(shard: Shard, records: readonly RoutedRecord[]): Promise<(nth: number) => PutOutcome> {
    const ShardId = shardId(shard.metadata.index);
    try {
      const numbers = await shard.log.append(records);
      return (nth) => ({ SequenceNumber: numbers[nth] ?? '', ShardId });
    } catch (error) {
      // The disk is full or broken, or too slow: the producer may try again, and learns no more, as on AWS.
      const failure =
        error instanceof ShardOverloaded
          ? this.rateExceeded(shard)
          : ({ ErrorCode: 'InternalFailure', ErrorMessage: 'Internal Service Failure' } as const);
      return () => failure;
    }
  }

  private rateExceeded({ metadata }: Shard): NotStored {
    return {
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage: `Rate exceeded for shard ${shardId(metadata.index)} in stream ${this.current.name}.`,
    };
  }

  /** One change of the metadata at a time. */
  private alone(change: () => Promise<void>): Promise<void> {
    if (this.closed) return Promise.reject(new AwsError('ResourceNotFoundException', 'The stream was deleted.'));
    const done = this.changing.then(change);
    this.changing = done.catch(() => undefined);
    return done;
  }

  private async save(next: StreamMetadata): Promise<void> {
    await saveMetadata(this.folder, next, this.options.fsync);
    this.current = next;
  }

  private enter(status: StreamStatus): void {
    this.transition = { status, endsMs: this.options.now() + this.options.transitionMs };
  }
}
