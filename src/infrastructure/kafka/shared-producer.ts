import type { Producer, SendOptions } from '@platformatic/kafka';
import type { KafkaCluster } from './kafka-cluster.js';

type Sending = SendOptions<Buffer, Buffer, Buffer, Buffer>;

interface Held {
  readonly producer: Promise<Producer>;
  users: number;
  isDiscarded: boolean;
}

/**
 * The idempotent producer of this process. After a failure the next send gets a new one, with an id of its own: the client
 * does not know then which sequence numbers a broker has taken, and would give them to other records, which the broker
 * would drop as repetitions.
 */
export class SharedProducer {
  private held: Held | undefined;
  private readonly partitions = new Map<string, number>();

  constructor(private readonly cluster: KafkaCluster) {}

  /** @param partitions of the topic now: what the client remembers may be older, and would be counted by */
  async send(topic: string, partitions: number, sending: Sending): Promise<void> {
    const held = (this.held ??= { producer: this.cluster.producer(), users: 0, isDiscarded: false });
    held.users += 1;
    try {
      const producer = await held.producer;
      if (this.partitions.get(topic) !== partitions) producer.clearMetadata();
      this.partitions.set(topic, partitions);
      await producer.send(sending);
    } catch (cause) {
      held.isDiscarded = true;
      if (this.held === held) this.held = undefined;
      throw cause;
    } finally {
      held.users -= 1;
      // Others may still be sending to other topics.
      if (held.isDiscarded && held.users === 0) void closeQuietly(held);
    }
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
