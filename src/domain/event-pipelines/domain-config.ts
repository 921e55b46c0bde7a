/** What an aggregate computes over the events of a window; `count_distinct` is exact. */
export const AGGREGATION_KINDS = ['count', 'count_distinct', 'sum', 'avg'] as const;
export type AggregationKind = (typeof AGGREGATION_KINDS)[number];

/** How a value is compared, in filters and in alerts. */
export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Where events are published: a Kinesis stream or a Kafka topic per event type. */
export const TRANSPORTS = ['kinesis', 'kafka'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Entity {
  readonly name: string;
  /** The field that names whose event it is, and the partition key of its records. */
  readonly primaryKey: string;
}

/** One kind of event, by the seed's three families of fields. */
export interface EventType {
  readonly name: string;
  /** Text that may be missing. */
  readonly attributes: readonly string[];
  /** Numbers that may be missing; those with the name of an amount of money are whole cents. */
  readonly metrics: readonly string[];
  /** Text that is always there, to group by. */
  readonly dimensions: readonly string[];
}

/**
 * Windows are aligned to the epoch and half open: `start <= timestamp < start + durationMs`. Of a sliding window one starts
 * every `slideMs`, which divides `durationMs`; of a tumbling one both are the same.
 */
export interface Window {
  readonly kind: 'tumbling' | 'sliding';
  readonly durationMs: number;
  readonly slideMs: number;
}

export interface FieldCondition {
  readonly field: string;
  readonly comparison: Comparison;
  readonly value: string | number | boolean;
}

/** A windowed aggregate over the events of one type. */
export interface Aggregation {
  readonly name: string;
  readonly eventType: string;
  readonly kind: AggregationKind;
  /** What is summed, averaged or counted once; unset for `count` alone. */
  readonly field?: string;
  readonly window: Window;
  /** Any fields of the event. */
  readonly groupBy: readonly string[];
  /** All of them hold for an event that counts. */
  readonly filter: readonly FieldCondition[];
  /** How far the watermark of its shard may be past the end of a window for an event to be counted in it still. */
  readonly allowedLatenessMs: number;
}

/** A condition on the value of each window of an aggregation, that people want to be told of. */
export interface Alert {
  readonly name: string;
  readonly aggregation: string;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly severity: 'info' | 'warning' | 'critical';
}

/** How synthetic events of the domain look. */
export interface SyntheticShape {
  /** Entities that are simulated. */
  readonly userPoolSize: number;
  /** Share of those with something in the cart who buy it, 0 to 1. */
  readonly purchaseConversionRate: number;
}

/** A domain as it is after all its files were merged: what it is about, its events, and what is computed of them. */
export interface DomainConfig {
  readonly name: string;
  readonly description: string;
  /** Of the Avro records: `com.streaming.events`. */
  readonly namespace: string;
  readonly entity: Entity;
  readonly eventTypes: readonly EventType[];
  readonly aggregations: readonly Aggregation[];
  readonly alerts: readonly Alert[];
  readonly synthetic: SyntheticShape;
  readonly stream: {
    readonly transport: Transport;
    /** The stream or topic of an event type is `{prefix}.{event_type}`. */
    readonly prefix: string;
    /** Shards, or partitions, of a stream that has to be made. */
    readonly shards: number;
  };
  readonly warehouse: { readonly database: string };
  /** Where changed windows are upserted too; unset: nowhere else. */
  readonly postgres?: {
    readonly schema: string;
    /** Longest time between a change of a window and its upsert, in milliseconds. */
    readonly delayMs: number;
  };
}

/** The stream of an event type, as the ports of streams name it: a Kafka topic has `kafka:` in front. */
export function streamNameOf({ stream }: DomainConfig, eventType: string): string {
  const topic = `${stream.prefix}.${eventType}`;
  return stream.transport === 'kafka' ? `kafka:${topic}` : topic;
}

/** The subject of the values of an event type's stream, by the registry clients' TopicNameStrategy. */
export const subjectOf = ({ stream }: DomainConfig, eventType: string): string => `${stream.prefix}.${eventType}-value`;
