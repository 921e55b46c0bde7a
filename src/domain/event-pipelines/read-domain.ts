import { given } from '../shared/given.js';
import type { Aggregation, Alert, DomainConfig, EventType, FieldCondition, Window } from './domain-config.js';
import {
  type AggregationSource,
  type AlertSource,
  type ConditionSource,
  type DomainSource,
  type DurationSource,
  type EventTypeSource,
  ITEM_DEFAULTS,
} from './domain-source.js';
import { durationMs } from './duration.js';
import { fieldKinds } from './event-fields.js';

/** The domain that a source describes, which has passed all checks. */
export function readDomain(name: string, source: DomainSource): DomainConfig {
  const { description = '', namespace, entity, synthetic, stream, warehouse, postgres } = source;
  return {
    name,
    description,
    namespace,
    entity: { name: entity.name, primaryKey: entity.primary_key },
    eventTypes: source.event_types.map(eventTypeOf),
    aggregations: source.aggregations.map((aggregation) => aggregationOf(aggregation, source)),
    alerts: source.alerts.map(alertOf),
    synthetic: {
      userPoolSize: synthetic.user_pool_size,
      purchaseConversionRate: synthetic.purchase_conversion_rate,
    },
    stream,
    warehouse,
    ...(postgres !== undefined && { postgres: postgresOf(postgres) }),
  };
}

function eventTypeOf({ name, attributes = [], metrics = [], dimensions = [] }: EventTypeSource): EventType {
  return { name, attributes, metrics, dimensions };
}

function aggregationOf(aggregation: AggregationSource, source: DomainSource): Aggregation {
  const { name, event_type: eventType, type, field, window, group_by: groupBy = [], filter = [] } = aggregation;
  const event = source.event_types.find((known) => known.name === eventType);
  const kinds = fieldKinds(event ?? { name: eventType }, source.entity.primary_key);
  return {
    name,
    eventType,
    kind: type,
    ...given({ field }),
    window: windowOf(window),
    groupBy,
    filter: conditionsOf(filter).map((condition) => readCondition(condition, kinds)),
    allowedLatenessMs: ms(aggregation.allowed_lateness ?? ITEM_DEFAULTS.allowed_lateness),
  };
}

function windowOf({ type, duration, slide = duration }: AggregationSource['window']): Window {
  return { kind: type, durationMs: ms(duration), slideMs: ms(slide) };
}

function conditionsOf(filter: NonNullable<AggregationSource['filter']>): readonly ConditionSource[] {
  if (isList(filter)) return filter;
  return Object.entries(filter).map(([field, value]) => ({ field, value }));
}

/** Text fields hold text alone: what YAML reads as a number or as true is compared as it is written. */
function readCondition(
  { field, op = ITEM_DEFAULTS.op, value }: ConditionSource,
  kinds: ReturnType<typeof fieldKinds>,
): FieldCondition {
  return { field, comparison: op, value: kinds.get(field) === 'text' ? String(value) : value };
}

function alertOf({ name, aggregation, op, threshold, severity = ITEM_DEFAULTS.severity }: AlertSource): Alert {
  return { name, aggregation, comparison: op, threshold, severity };
}

function postgresOf({ schema, delay }: NonNullable<DomainSource['postgres']>): NonNullable<DomainConfig['postgres']> {
  return {
    schema: schema ?? ITEM_DEFAULTS.postgres.schema,
    delayMs: ms(delay ?? ITEM_DEFAULTS.postgres.delay),
  };
}

/** Of a duration that was checked. */
function ms(duration: DurationSource): number {
  return durationMs(duration) ?? 0;
}

function isList(filter: NonNullable<AggregationSource['filter']>): filter is readonly ConditionSource[] {
  return Array.isArray(filter);
}
