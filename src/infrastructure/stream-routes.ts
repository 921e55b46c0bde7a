import { PenstockError } from '../domain/errors.js';
import type { OutgoingRecord, StreamSink } from '../domain/ports/stream-sink.port.js';
import type {
  ReadingProgress,
  ShardPage,
  ShardToRead,
  StreamDescription,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../domain/ports/stream-source.port.js';

/** Names and ARNs of topics begin so; all others are streams of Kinesis. */
const KAFKA = 'kafka:';

/** Kafka, opened when it is used. */
export interface KafkaRoute {
  readonly isConfigured: boolean;
  source(): Promise<StreamSource>;
  sink(): Promise<StreamSink>;
}

/** Reads each stream where its name says that it is. */
export class SourceRoutes implements StreamSource {
  constructor(
    private readonly kinesis: StreamSource,
    private readonly kafka: KafkaRoute,
  ) {}

  /** Topics are listed for the service only: credentials of AWS say nothing about Kafka. */
  async list(identity: StreamIdentity): Promise<string[]> {
    if (identity !== 'service' || !this.kafka.isConfigured) return this.kinesis.list(identity);
    const [streams, topics] = await Promise.all([this.streamsIfAllowed(identity), this.topics(identity)]);
    return [...streams, ...topics].sort();
  }

  async describe(streamName: string, identity: StreamIdentity): Promise<StreamDescription> {
    return (await this.sourceOf(streamName)).describe(streamName, identity);
  }

  async shards(streamArn: string, identity: StreamIdentity): Promise<StreamShard[]> {
    return (await this.sourceOf(streamArn)).shards(streamArn, identity);
  }

  async *read(shard: ShardToRead, signal: AbortSignal): AsyncGenerator<ShardPage, void, void> {
    yield* (await this.sourceOf(shard.streamArn)).read(shard, signal);
  }

  showProgress(progress: ReadingProgress): void {
    const show = (source: StreamSource): void => source.showProgress(progress);
    // Best effort, by the port's promise.
    void this.sourceOf(progress.streamArn).then(show, () => undefined);
  }

  /** A service that may not use Kinesis at all can still have topics. */
  private async streamsIfAllowed(identity: StreamIdentity): Promise<string[]> {
    try {
      return await this.kinesis.list(identity);
    } catch (cause) {
      const isRefused = cause instanceof PenstockError && REFUSALS.has(cause.code);
      if (!isRefused) throw cause;
      return [];
    }
  }

  private async topics(identity: StreamIdentity): Promise<string[]> {
    return (await this.kafka.source()).list(identity);
  }

  private async sourceOf(name: string): Promise<StreamSource> {
    return name.startsWith(KAFKA) ? this.kafka.source() : this.kinesis;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['credentials.refused', 'stream.forbidden']);

/** Writes each stream where its name says that it is. */
export class SinkRoutes implements StreamSink {
  constructor(
    private readonly kinesis: StreamSink,
    private readonly kafka: KafkaRoute,
  ) {}

  async ensure(streamName: string, shards: number): Promise<void> {
    await (await this.sinkOf(streamName)).ensure(streamName, shards);
  }

  async publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number> {
    return (await this.sinkOf(streamName)).publish(streamName, records);
  }

  private async sinkOf(name: string): Promise<StreamSink> {
    return name.startsWith(KAFKA) ? this.kafka.sink() : this.kinesis;
  }
}
