import type { MessageToProduce, Producer } from '@platformatic/kafka';
import type { KafkaSettings } from '../config/kafka.settings.js';
import type { KafkaCluster } from './kafka-cluster.js';

/** One record on its way into a partition that is chosen. */
export type Message = MessageToProduce & { readonly partition: number };

interface Held {
  readonly producer: Promise<Producer>;
  users: number;
  isDiscarded: boolean;
}

/** By all replicas that are in sync. */
const ACKNOWLEDGED = -1;

/** The idempotent producer of this process, and another one after it has been discarded. */
export class SharedProducer {
  private held: Held | undefined;
  private readonly partitions = new Map<string, number>();

  constructor(
    private readonly cluster: KafkaCluster,
    private readonly compression: KafkaSettings['compression'],
  ) {}

  /**
   * Only one send to a topic may be under way: the client counts sequence numbers up when it is answered, and two sends
   * with the same are one to the broker, which drops the second.
   *
   * @param partitions of the topic now: what the client remembers may be older, and would be counted by
   */
  async send(topic: string, partitions: number, messages: readonly Message[]): Promise<void> {
    const held = (this.held ??= { producer: this.cluster.producer(), users: 0, isDiscarded: false });
    held.users += 1;
    try {
      const producer = await held.producer;
      if (this.partitions.get(topic) !== partitions) producer.clearMetadata();
      this.partitions.set(topic, partitions);
      await producer.send({ messages: [...messages], compression: this.compression, acks: ACKNOWLEDGED });
    } finally {
      held.users -= 1;
      if (held.isDiscarded && held.users === 0) void closeQuietly(held);
    }
  }

  /**
   * To be called when what was sent is not going to be offered again as it was: the client does not know then which
   * sequence numbers a broker has taken. Whoever still sends to other topics is not disturbed.
   */
  discard(): void {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) return;
    held.isDiscarded = true;
    if (held.users === 0) void closeQuietly(held);
  }

  async close(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    if (held !== undefined) await closeQuietly(held);
  }
}

async function closeQuietly({ producer }: Held): Promise<void> {
  await producer.then((opened) => opened.close()).catch(() => undefined);
}
