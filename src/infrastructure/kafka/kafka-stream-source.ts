import type {
  ReadingProgress,
  ShardPage,
  ShardToRead,
  StreamDescription,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../../domain/ports/stream-source.port.js';
import type { GroupOffsets } from './group-offsets.js';
import { translateFailure } from './kafka-errors.js';
import { arnOf, identityOf, partitionOf, shardIdOf, streamNameOf, topicOf } from './kafka-names.js';
import { PartitionReader, type PartitionReaderOptions, type ReaderPorts } from './partition-reader.js';

export interface SourcePorts extends ReaderPorts {
  readonly offsets: GroupOffsets;
}

const TOPIC_RESOURCE = 2 as const;
const RETENTION = 'retention.ms';
const HOUR_MS = 3_600_000;

/**
 * Topics of Kafka, read partition by partition by offset, without joining a group. Kafka knows no identities of AWS:
 * whoever asks, the service's own user reads.
 */
export class KafkaStreamSource implements StreamSource {
  constructor(
    private readonly ports: SourcePorts,
    private readonly options: PartitionReaderOptions,
  ) {}

  async list(_identity: StreamIdentity): Promise<string[]> {
    try {
      const topics = await (await this.ports.cluster.admin()).listTopics({ includeInternals: false });
      return topics.map(streamNameOf).sort();
    } catch (cause) {
      throw translateFailure(cause, 'the list of topics');
    }
  }

  async describe(streamName: string, _identity: StreamIdentity): Promise<StreamDescription> {
    const name = topicOf(streamName);
    try {
      const topic = await this.ports.cluster.topic(name);
      const retentionHours = await this.retentionHours(name);
      return { name: streamName, arn: arnOf(topic), openShards: topic.partitions.length, retentionHours };
    } catch (cause) {
      throw translateFailure(cause, `topic "${name}"`);
    }
  }

  async shards(streamArn: string, _identity: StreamIdentity): Promise<StreamShard[]> {
    const { topic: name, topicId } = identityOf(streamArn);
    try {
      const { partitions } = await this.ports.cluster.topic(name, topicId);
      return partitions.map((_, partition) => ({
        shardId: shardIdOf(partition),
        parentShardIds: [],
        closed: false,
      }));
    } catch (cause) {
      throw translateFailure(cause, `the partitions of "${name}"`);
    }
  }

  async *read({ streamArn, shardId, from }: ShardToRead, signal: AbortSignal): AsyncGenerator<ShardPage, void, void> {
    const wanted = { ...identityOf(streamArn), partition: partitionOf(shardId), from };
    try {
      const reader = new PartitionReader(this.ports, wanted, this.options);
      for (;;) {
        const page = await reader.next(signal);
        if (page === undefined) return;
        yield page;
      }
    } catch (cause) {
      throw translateFailure(cause, `partition ${wanted.partition} of "${wanted.topic}"`);
    }
  }

  showProgress(progress: ReadingProgress): void {
    this.ports.offsets.note(progress);
  }

  /** 0 where it is not known: to read a topic's configuration is a right of its own. Infinity has no number of hours. */
  private async retentionHours(topic: string): Promise<number> {
    const resources = [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [RETENTION] }];
    const admin = await this.ports.cluster.admin();
    const described = await admin.describeConfigs({ resources }).catch(() => []);
    const ms = Number(described[0]?.configs.find(({ name }) => name === RETENTION)?.value ?? 0);
    return ms < 0 ? Number.MAX_SAFE_INTEGER : Math.floor(ms / HOUR_MS);
  }
}
