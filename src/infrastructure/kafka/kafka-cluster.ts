import type { Admin, Broker, ClusterMetadata, Consumer, Producer } from '@platformatic/kafka';
import { PenstockError } from '../../domain/errors.js';
import type { KafkaSettings } from '../config/kafka.settings.js';
import { failureNames, isStale, translateFailure } from './kafka-errors.js';
import type { TopicIdentity } from './kafka-names.js';
import type { PartitionAnswer } from './partition-page.js';
import { connectionSecurity, type KafkaSecurity } from './kafka-security.js';
import { unlessAborted } from './unless-aborted.js';

export type KafkaClusterOptions = KafkaSecurity & Pick<KafkaSettings, 'clientId' | 'requestTimeoutMs'>;

/** A topic as the brokers know it now. */
export interface Topic extends TopicIdentity {
  readonly partitions: readonly { readonly leader: number; readonly leaderEpoch: number }[];
  readonly brokers: ClusterMetadata['brokers'];
}

export interface FetchRequest {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: bigint;
  readonly maxBytes: number;
}

const CONNECT_TIMEOUT_MS = 5000;
/** How much longer a request may take than the time the broker has for it. */
const GRACE_MS = 1000;
/** Tries of the client itself to publish; the sink persists by its own rules. Fewer than two mean "for ever" to it. */
const PUBLISH_RETRIES = 2;
/** Of requests that no reader waits for. */
const ADMIN_RETRIES = 5;
const RETRY_DELAY_MS = 200;
/** Partitions and leaders are asked for again after so long. */
const METADATA_AGE_MS = 5000;
const READ_COMMITTED = 1;
/** No consumer of the service joins a group; the client wants the name of one. */
const NO_GROUP = 'penstock';
/** Versions of Fetch that name topics by id, the newest first. */
const FETCH_VERSIONS = ['fetchV17', 'fetchV16', 'fetchV15', 'fetchV14', 'fetchV13'] as const;

type Library = typeof import('@platformatic/kafka');
type FetchApi = Library['fetchV17']['api'];
type FetchTopics = Parameters<FetchApi['async']>[7];

/** The clients of one cluster, shared by all that read and write it in this process; opened when first used. */
export class KafkaCluster {
  private reading: Promise<Consumer> | undefined;
  private administering: Promise<Admin> | undefined;
  private fetching: Promise<FetchApi> | undefined;
  private readonly stale = new Set<string>();
  private closed = false;

  constructor(private readonly options: KafkaClusterOptions) {}

  /** For topics, configurations and groups. */
  admin(): Promise<Admin> {
    const retries = { retries: ADMIN_RETRIES, retryDelay: RETRY_DELAY_MS };
    this.administering ??= this.open(({ Admin: Client }, options) => new Client({ ...options, ...retries })).catch(
      (cause: unknown) => {
        this.administering = undefined; // a file that could not be read may be there the next time
        throw cause;
      },
    );
    return this.administering;
  }

  /** A new one for every call: whoever asks closes it. */
  producer(): Promise<Producer> {
    return this.open(
      ({ Producer: Client }, options) =>
        new Client({ ...options, idempotent: true, retries: PUBLISH_RETRIES, retryDelay: RETRY_DELAY_MS }),
    );
  }

  /** Whether Kafka answers. @throws PenstockError */
  async check(signal: AbortSignal): Promise<void> {
    try {
      await unlessAborted((await this.consumer()).metadata({ topics: [], forceUpdate: true }), signal);
    } catch (cause) {
      throw translateFailure(cause, 'the cluster');
    }
  }

  /** @throws PenstockError `stream.unknown`, also when the topic is another one than is meant; errors of the client */
  async topic(name: string, id?: string): Promise<Topic> {
    const consumer = await this.consumer();
    const forceUpdate = this.stale.delete(name);
    const { topics, brokers } = await consumer.metadata({ topics: [name], forceUpdate }).catch((cause: unknown) => {
      if (forceUpdate) this.stale.add(name);
      throw unknownTopic(cause, name);
    });
    const found = topics.get(name);
    if (found === undefined) throw new PenstockError('stream.unknown', `There is no topic "${name}".`);
    if (id !== undefined && found.id !== id) {
      this.forget(name);
      throw new PenstockError('stream.unknown', `The topic "${name}" was deleted; another one has its name now.`);
    }
    return { topic: name, topicId: found.id, partitions: found.partitions, brokers };
  }

  /** Has the leaders of a topic asked for again, instead of remembered. */
  forget(topic: string): void {
    this.stale.add(topic);
  }

  /** The first offset at or behind a time; -1: the next one to be written, -2: the oldest. Undefined when there is none. */
  async offsetAt({ topic }: Topic, partition: number, timestamp: bigint): Promise<bigint | undefined> {
    const consumer = await this.consumer();
    const partitions = { [topic]: [partition] };
    const asked = { topics: [topic], partitions, timestamp, isolationLevel: READ_COMMITTED };
    const offset = (await this.watched(topic, consumer.listOffsets(asked))).get(topic)?.[partition];
    return offset === undefined || offset < 0n ? undefined : offset;
  }

  /**
   * What a partition holds from an offset on, at once. By the protocol's own request: the client's `fetch` takes records
   * of aborted transactions for committed ones when the transaction ends behind the answer.
   */
  async fetch({ topic, partition, offset, maxBytes }: FetchRequest): Promise<PartitionAnswer> {
    const { leader = -1, leaderEpoch: currentLeaderEpoch = -1 } = topic.partitions[partition] ?? {};
    const broker = topic.brokers.get(leader);
    if (broker === undefined) {
      this.forget(topic.topic);
      throw new PenstockError('stream.unreachable', `Partition ${partition} of "${topic.topic}" has no leader now.`);
    }
    const wanted = { partition, currentLeaderEpoch, fetchOffset: offset, lastFetchedEpoch: -1 };
    const topics = [{ topicId: topic.topicId, partitions: [{ ...wanted, partitionMaxBytes: maxBytes }] }];
    const { responses } = await this.watched(topic.topic, this.sendFetch(broker, topics, maxBytes));
    const found = responses[0]?.partitions[0];
    if (found === undefined) throw new PenstockError('stream.unreachable', `"${topic.topic}" was not answered for.`);
    return found;
  }

  private async sendFetch(broker: Broker, topics: FetchTopics, maxBytes: number) {
    const consumer = await this.consumer();
    const [api, connection] = await Promise.all([this.fetchApi(consumer), consumer.connections.get(broker)]);
    try {
      return await api.async(connection, 0, 1, maxBytes, READ_COMMITTED, 0, 0, topics, [], '');
    } catch (cause) {
      const { TimeoutError } = await import('@platformatic/kafka');
      // Its late answer would be in the way of others.
      if (cause instanceof TimeoutError) connection.close(() => undefined);
      throw cause;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const clients = [await this.reading?.catch(() => undefined), await this.administering?.catch(() => undefined)];
    this.reading = undefined;
    this.administering = undefined;
    await Promise.allSettled(clients.map(async (client) => client?.close()));
  }

  private consumer(): Promise<Consumer> {
    this.reading ??= this.open(({ Consumer: Client }, options) => new Client({ ...options, groupId: NO_GROUP })).catch(
      (cause: unknown) => {
        this.reading = undefined;
        throw cause;
      },
    );
    return this.reading;
  }

  private async open<T>(make: (library: Library, options: ReturnType<typeof clientOptions>) => T): Promise<T> {
    if (this.closed) throw new PenstockError('service.stopping', 'The connections to Kafka are closed.');
    return make(await import('@platformatic/kafka'), clientOptions(this.options));
  }

  private fetchApi(consumer: Consumer): Promise<FetchApi> {
    this.fetching ??= chooseFetch(consumer).catch((cause: unknown) => {
      this.fetching = undefined;
      throw cause;
    });
    return this.fetching;
  }

  /** Learns from a failure: who led before may not lead now. */
  private async watched<T>(topic: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      if (isStale(cause) || failureNames(cause).has('PLT_KFK_NETWORK')) this.forget(topic);
      throw cause;
    }
  }
}

function clientOptions(options: KafkaClusterOptions) {
  const { bootstrapServers = '', clientId, requestTimeoutMs } = options;
  return {
    ...connectionSecurity(options),
    clientId,
    bootstrapBrokers: bootstrapServers.split(','),
    connectTimeout: Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs),
    timeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs + GRACE_MS,
    metadataMaxAge: METADATA_AGE_MS,
    retries: 0,
    autocreateTopics: false,
  };
}

async function chooseFetch(consumer: Consumer): Promise<FetchApi> {
  const library = await import('@platformatic/kafka');
  const { maxVersion = 0 } = (await consumer.listApis()).find(({ name }) => name === 'Fetch') ?? {};
  const version = FETCH_VERSIONS.find((each) => library[each].api.version <= maxVersion);
  if (version !== undefined) return library[version].api;
  throw new PenstockError('stream.unreachable', 'The brokers are older than Kafka 3.1, which cannot be read.');
}

/** Of a topic that is not there the client says so in an error of the kind it has for wrong arguments; ours are right. */
function unknownTopic(cause: unknown, topic: string): unknown {
  const names = failureNames(cause);
  if (!names.has('PLT_KFK_USER')) return cause;
  return new PenstockError('stream.unknown', `There is no topic "${topic}".`);
}
