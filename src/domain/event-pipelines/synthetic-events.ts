import { type Random, randomUuid, seededRandom } from '../shared/seeded-random.js';
import type { EventValues } from './avro-schema.js';
import type { DomainConfig } from './domain-config.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from './generate-event-schema.js';
import { SESSION_STEPS, sessionSteps, stepMs } from './session-pattern.js';
import { type FieldMaker, fieldMakers, oneOf, type Pools } from './synthetic-values.js';

export interface SyntheticOptions {
  /** The same seed, options and calls give the same events, to the byte. */
  readonly seed: number;
  /** Time of the first event, in milliseconds since the epoch. */
  readonly startMs: number;
  /** Events to a second of their own time. */
  readonly eventsPerSecond: number;
}

/** An event, and which one it is of its domain's types. */
export interface TypedEvent {
  readonly eventType: string;
  readonly event: EventValues;
}

interface Whose {
  /** Left out: one of the simulated entities. */
  readonly entityId?: string;
  /** Left out: the next one in the run of time. */
  readonly timestampMs?: number;
}

const SECOND_MS = 1000;
/** Length of a session of a domain whose types are not those of the documented pattern. */
const LEAST_EVENTS = 2;
const MOST_EVENTS = 8;

/** Events of a domain as they might be: repeatable, realistic, and right by their schemas. */
export class SyntheticEvents {
  readonly random: Random;
  readonly eventTypes: readonly [string, ...string[]];
  private readonly makers: ReadonlyMap<string, readonly FieldMaker[]>;
  private readonly entity: () => string;
  private readonly stepMs: number;
  private timeMs: number;

  /** @param pools texts for the fields, of the same seed */
  constructor(
    private readonly domain: DomainConfig,
    pools: Pools,
    { seed, startMs, eventsPerSecond }: SyntheticOptions,
  ) {
    this.random = seededRandom(seed);
    this.stepMs = SECOND_MS / eventsPerSecond;
    this.timeMs = startMs;
    const { entity, eventTypes, synthetic } = domain;
    const [first = '', ...others] = eventTypes.map(({ name }) => name);
    this.eventTypes = [first, ...others];
    this.makers = new Map(
      eventTypes.map((type) => [type.name, fieldMakers(type, { domain, pools, random: this.random })]),
    );
    const ids = Array.from({ length: synthetic.userPoolSize }, (_, at) => `${entity.name}_${at + 1}`);
    this.entity = oneOf([ids[0] ?? `${entity.name}_1`, ...ids.slice(1)], this.random);
  }

  /** One event; its fields are in the order of its schema. */
  event(eventType: string, { entityId, timestampMs }: Whose = {}): EventValues {
    const event = this.begun(entityId ?? this.entity(), timestampMs ?? this.nextMs());
    for (const { name, make } of this.makersOf(eventType)) event[name] = make();
    return event;
  }

  /** As many events, made when they are asked for. */
  async *events(eventType: string, count: number): AsyncGenerator<EventValues, void, undefined> {
    for (let made = 0; made < count; made += 1) yield this.event(eventType);
  }

  /**
   * What one entity does in one visit, in its order: by the documented pattern where the domain has its event types, else
   * some of the types it has, the first ones more often. What belongs to the visit, as the device or the product, stays.
   *
   * @param whose with `eventCount` a session of that many events: browsing fills it up, or the end is left out
   */
  session({ eventCount, entityId, timestampMs }: Whose & { readonly eventCount?: number } = {}): TypedEvent[] {
    const whose = entityId ?? this.entity();
    const steady: Record<string, string | number | null> = {};
    let atMs = timestampMs ?? this.nextMs();
    return this.steps(eventCount).map((eventType) => {
      const event = this.begun(whose, Math.floor(atMs));
      for (const { name, isSteady, make } of this.makersOf(eventType)) {
        event[name] = isSteady ? (steady[name] ??= make()) : make();
      }
      atMs += stepMs(this.random);
      return { eventType, event };
    });
  }

  private begun(entityId: string, timestampMs: number): Record<string, string | number | null> {
    return {
      [EVENT_ID_FIELD]: randomUuid(this.random),
      [EVENT_TIME_FIELD]: timestampMs,
      [this.domain.entity.primaryKey]: entityId,
    };
  }

  private steps(eventCount: number | undefined): string[] {
    const steps = this.isShop() ? this.shopSteps() : this.ownSteps(eventCount);
    if (eventCount === undefined) return steps;
    const [landing = this.eventTypes[0], ...rest] = steps;
    const browsing = Array.from({ length: Math.max(0, eventCount - steps.length) }, () => landing);
    return [landing, ...browsing, ...rest].slice(0, eventCount);
  }

  private isShop(): boolean {
    return this.makers.has(SESSION_STEPS[0]);
  }

  /** Steps that the domain has no event type for are taken, and not told. */
  private shopSteps(): string[] {
    const steps = sessionSteps(this.random, this.domain.synthetic.purchaseConversionRate);
    return steps.filter((step) => this.makers.has(step));
  }

  private ownSteps(eventCount: number | undefined): string[] {
    const length = eventCount ?? LEAST_EVENTS + Math.floor(this.random() * (MOST_EVENTS - LEAST_EVENTS + 1));
    return Array.from({ length }, oneOf(this.eventTypes, this.random));
  }

  /** Rises by the rate, in steps of any length. */
  private nextMs(): number {
    const now = this.timeMs;
    this.timeMs += this.random() * 2 * this.stepMs;
    return Math.floor(now);
  }

  private makersOf(eventType: string): readonly FieldMaker[] {
    const makers = this.makers.get(eventType);
    if (makers === undefined) throw new RangeError(`The domain has no event type "${eventType}".`);
    return makers;
  }
}
