import { Buffer } from 'node:buffer';
import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { OutgoingRecord, StreamSink } from '../../domain/ports/stream-sink.port.js';
import type { KafkaSettings } from '../config/kafka.settings.js';
import { countedPartitions, writtenPartitions } from './accepted-partitions.js';
import { javaPartition } from './java-partitioner.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { failureNames, passes, translateFailure } from './kafka-errors.js';
import { topicOf } from './kafka-names.js';
import { BATCH_OVERHEAD, outgoingRequests, sizeOf } from './outgoing-requests.js';
import { type Message, SharedProducer } from './shared-producer.js';
import { TopicLane } from './topic-lane.js';

export type KafkaSinkOptions = Pick<KafkaSettings, 'compression' | 'maxRequestBytes' | 'patienceMs'>;

/** Pauses between tries double from the first to the longest; `patienceMs` ends them all. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const READY_POLL_MS = 100;
const MAX_READY_POLLS = 300;
/** The broker and the client do not agree about sequence numbers: only a new producer can go on. */
const COUNT_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/**
 * Topics of Kafka, written by an idempotent producer: acknowledged by all replicas in sync, keyed as the Java client does,
 * in the order of each key. What is repeated while it is published is stored once; what a caller repeats, once more.
 */
export class KafkaStreamSink implements StreamSink {
  private readonly lanes = new Map<string, TopicLane>();
  private readonly producer: SharedProducer;
  private turn = 0;

  constructor(
    private readonly cluster: KafkaCluster,
    private readonly clock: Clock,
    private readonly options: KafkaSinkOptions,
  ) {
    this.producer = new SharedProducer(cluster, options.compression);
  }

  /** With as many replicas as the brokers give to topics by default. */
  async ensure(streamName: string, shards: number): Promise<void> {
    const topic = topicOf(streamName);
    try {
      await this.persist(() => this.createUnlessThere(topic, shards));
      await this.untilReady(topic);
    } catch (cause) {
      throw translateFailure(cause, `topic "${topic}"`);
    }
  }

  async publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number> {
    const topic = topicOf(streamName);
    this.checkSizes(records);
    if (records.length === 0) return 0;
    const lane = this.lanes.get(topic) ?? this.openLane(topic);
    try {
      await lane.publish(records);
      return records.length;
    } finally {
      if (lane.isIdle) this.lanes.delete(topic);
    }
  }

  close(): Promise<void> {
    return this.producer.close();
  }

  private openLane(topic: string): TopicLane {
    const lane = new TopicLane((records) => this.sendAll(topic, records), this.options.maxRequestBytes);
    this.lanes.set(topic, lane);
    return lane;
  }

  /** Before anything is sent: a record that Kafka will not take is not to leave others behind it half published. */
  private checkSizes(records: readonly OutgoingRecord[]): void {
    const { maxRequestBytes } = this.options;
    const index = records.findIndex((record) => sizeOf(record) + BATCH_OVERHEAD > maxRequestBytes);
    if (index < 0) return;
    const message = `Record ${index} is larger than a request to Kafka may be (${maxRequestBytes} bytes).`;
    throw new PenstockError('record.too-large', message);
  }

  private async sendAll(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    for (const request of outgoingRequests(records, this.options.maxRequestBytes)) {
      const partitions = await this.partitionsOf(topic);
      const messages = request.map((record) => this.toMessage(topic, record, partitions));
      await this.sendRequest(topic, messages);
    }
  }

  private async partitionsOf(topic: string): Promise<number> {
    try {
      return await this.persist(async () => (await this.cluster.topic(topic)).partitions.length);
    } catch (cause) {
      throw translateFailure(cause, `topic "${topic}"`);
    }
  }

  /** A topic may take smaller batches than the settings say: what is too large as a whole is sent in halves. */
  private async sendRequest(topic: string, messages: readonly Message[]): Promise<void> {
    let left = messages;
    try {
      await this.persist(() => this.trySend(topic, left, (rest) => (left = rest)));
    } catch (cause) {
      this.producer.discard();
      const failure = translateFailure(cause, `records for topic "${topic}"`);
      const isTooLarge = failure instanceof PenstockError && failure.code === 'record.too-large';
      if (!isTooLarge || left.length === 1) throw failure;
      const written = writtenPartitions(cause);
      const rest = left.filter(({ partition }) => !written.has(partition));
      const half = Math.ceil(rest.length / 2);
      if (rest.length > 0) await this.sendRequest(topic, rest.slice(0, half));
      if (rest.length > 1) await this.sendRequest(topic, rest.slice(half));
    }
  }

  /**
   * Offers the messages as they were offered before, so that what a broker has taken of them is known to it by sequence
   * number, and not taken again.
   *
   * @param leave is told which messages are left to be sent
   */
  private async trySend(topic: string, messages: readonly Message[], leave: (rest: Message[]) => void): Promise<void> {
    const { partitions } = await this.cluster.topic(topic);
    try {
      await this.producer.send(topic, partitions.length, messages);
    } catch (cause) {
      this.cluster.forget(topic);
      if ([...failureNames(cause)].some((name) => COUNT_LOST.has(name))) this.producer.discard();
      const counted = countedPartitions(cause);
      const rest = messages.filter(({ partition }) => !counted.has(partition));
      leave(rest);
      if (rest.length > 0) throw cause;
    }
  }

  private toMessage(topic: string, { partitionKey, data }: OutgoingRecord, partitions: number): Message {
    const value = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    // Without a key, records are spread.
    if (partitionKey === '') return { topic, value, partition: (this.turn += 1) % partitions };
    const key = Buffer.from(partitionKey);
    return { topic, key, value, partition: javaPartition(key, partitions) };
  }

  private async createUnlessThere(topic: string, partitions: number): Promise<void> {
    this.cluster.forget(topic);
    const isThere = await this.cluster.topic(topic).then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof PenstockError && cause.code === 'stream.unknown') return false;
        throw cause;
      },
    );
    if (isThere) return;
    const admin = await this.cluster.admin();
    await admin.createTopics({ topics: [topic], partitions }).catch((cause: unknown) => {
      // Somebody else was faster.
      if (!failureNames(cause).has('TOPIC_ALREADY_EXISTS')) throw cause;
    });
  }

  private async untilReady(name: string): Promise<void> {
    for (let poll = 0; poll < MAX_READY_POLLS; poll += 1) {
      this.cluster.forget(name);
      const topic = await this.cluster.topic(name).catch((cause: unknown) => {
        if (failureNames(cause).has('TOPIC_AUTHORIZATION_FAILED')) throw cause;
        return undefined;
      });
      if (topic?.partitions.every(({ leader }) => leader >= 0)) return;
      await this.clock.sleep(READY_POLL_MS);
    }
    throw new PenstockError('stream.unreachable', `Topic "${name}" does not get leaders.`);
  }

  private persist<T>(action: () => Promise<T>): Promise<T> {
    return pRetry(action, {
      retries: Math.ceil(this.options.patienceMs / FIRST_PAUSE_MS),
      maxRetryTime: this.options.patienceMs,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error }) => passes(error),
    });
  }
}
