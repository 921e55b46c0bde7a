import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { ReadingProgress } from '../../domain/ports/stream-source.port.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { translateFailure } from './kafka-errors.js';
import { identityOf, partitionOf } from './kafka-names.js';

/** Pause between two tellings, at least; what comes meanwhile is told together. */
const TELL_EVERY_MS = 5000;
/** Groups whose progress is kept until it is told; beyond, a new one waits for the next telling. */
const MAX_GROUPS = 1000;
/** Longest time for the last telling, when the service stops. */
const LAST_TELLING_MS = 3000;

/** Offsets by partition by topic, of one group. */
type GroupProgress = Map<string, Map<number, bigint>>;

/**
 * How far readers are, as committed offsets of groups that nobody joins, so that Kafka's own tools show their lag. Best
 * effort: told now and then, and forgotten when Kafka does not take it.
 */
export class GroupOffsets {
  private untold = new Map<string, GroupProgress>();
  private telling: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly ports: { readonly cluster: KafkaCluster; readonly clock: Clock; readonly log: Log },
    private readonly pauseMs = TELL_EVERY_MS,
  ) {}

  note({ reader, streamArn, shardId, sequenceNumber }: ReadingProgress): void {
    if (this.closing.signal.aborted) return;
    const group = `penstock-${reader}`;
    const topics = this.untold.get(group) ?? new Map<string, Map<number, bigint>>();
    if (topics.size === 0 && this.untold.size >= MAX_GROUPS) return;
    const { topic } = identityOf(streamArn);
    const offsets = topics.get(topic) ?? new Map<number, bigint>();
    // Committed is what is read next.
    offsets.set(partitionOf(shardId), BigInt(sequenceNumber) + 1n);
    this.untold.set(group, topics.set(topic, offsets));
    this.telling ??= this.tellLater().finally(() => {
      this.telling = undefined;
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.telling;
    const deadline = new AbortController();
    await Promise.race([this.tell(), this.ports.clock.sleep(LAST_TELLING_MS, deadline.signal)]);
    deadline.abort();
  }

  private async tellLater(): Promise<void> {
    while (this.untold.size > 0 && !this.closing.signal.aborted) {
      await this.ports.clock.sleep(this.pauseMs, this.closing.signal);
      if (!this.closing.signal.aborted) await this.tell();
    }
  }

  private async tell(): Promise<void> {
    const { untold } = this;
    this.untold = new Map();
    for (const [groupId, topics] of untold) {
      try {
        const admin = await this.ports.cluster.admin();
        await admin.alterConsumerGroupOffsets({ groupId, topics: [...topics].map(toPartitionOffsets) });
      } catch (cause) {
        const failure = translateFailure(cause, `the offsets of group "${groupId}"`);
        const reason = failure instanceof Error ? failure.message : 'unknown';
        this.ports.log.debug('Progress could not be shown in Kafka', { group: groupId, reason });
      }
    }
  }
}

function toPartitionOffsets([name, offsets]: [string, Map<number, bigint>]) {
  return { name, partitionOffsets: [...offsets].map(([partition, offset]) => ({ partition, offset })) };
}
