import { PenstockError } from '../../domain/errors.js';

/** Names and ARNs of streams that begin so are topics of Kafka. */
export const KAFKA_PREFIX = 'kafka:';

/** What Kafka allows for a topic. */
const TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/u;
const ARN = /^kafka:([^/]+)\/([0-9a-f-]{36})$/u;
const PARTITION = /^partition-(0|[1-9]\d{0,8})$/u;

/** A topic as it was found; another one that is made under its name later has another id. */
export interface TopicIdentity {
  readonly topic: string;
  readonly topicId: string;
}

/** @throws PenstockError `stream.unknown` for what cannot be the name of a topic */
export function topicOf(streamName: string): string {
  const topic = streamName.slice(KAFKA_PREFIX.length);
  if (streamName.startsWith(KAFKA_PREFIX) && TOPIC.test(topic)) return topic;
  throw new PenstockError('stream.unknown', `"${streamName}" cannot be the name of a topic.`);
}

export function streamNameOf(topic: string): string {
  return `${KAFKA_PREFIX}${topic}`;
}

/**
 * With the topic's id: a checkpoint of a topic that was deleted says nothing about another one of the same name, whose
 * offsets begin at 0 again.
 */
export function arnOf({ topic, topicId }: TopicIdentity): string {
  return `${KAFKA_PREFIX}${topic}/${topicId}`;
}

/** @throws PenstockError `stream.unknown` */
export function identityOf(streamArn: string): TopicIdentity {
  const [, topic, topicId] = ARN.exec(streamArn) ?? [];
  if (topic !== undefined && topicId !== undefined) return { topic, topicId };
  throw new PenstockError('stream.unknown', `"${streamArn}" does not name a topic and its id.`);
}

export function shardIdOf(partition: number): string {
  return `partition-${partition}`;
}

/** @throws PenstockError `stream.unknown` */
export function partitionOf(shardId: string): number {
  const [, digits] = PARTITION.exec(shardId) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new PenstockError('stream.unknown', `"${shardId}" does not name a partition.`);
}
