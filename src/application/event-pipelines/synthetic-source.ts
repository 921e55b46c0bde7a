import { randomInt } from 'node:crypto';
import { PenstockError } from '../../domain/errors.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { poolsFor } from '../../domain/event-pipelines/field-kinds.js';
import { SyntheticEvents } from '../../domain/event-pipelines/synthetic-events.js';
import {
  type SyntheticOrder,
  type SyntheticRecord,
  syntheticRecords,
} from '../../domain/event-pipelines/synthetic-records.js';
import type { ValuePools } from '../../domain/ports/value-pools.port.js';

/** Which synthetic records, and how to make the same ones again. */
export interface SyntheticRequest extends SyntheticOrder {
  /** Left out: any. */
  readonly seed?: number;
  /** Time of the first event, in milliseconds since the epoch. Left out: `SEEDED_START_MS` with a seed, else so that the last one is now. */
  readonly startMs?: number;
  /** Of sessions: how many begin in a second. */
  readonly eventsPerSecond: number;
}

/** 2026-01-01T00:00:00Z: with a seed, the same request has to give the same bytes on any day. */
export const SEEDED_START_MS = 1_767_225_600_000;
const SEEDS = 2 ** 32;
const SECOND_MS = 1000;
/** By the documented pattern, rounded up. */
const EVENTS_OF_SESSION = 3;

export interface SyntheticSource {
  readonly seed: number;
  readonly records: Iterable<SyntheticRecord>;
}

/** @throws PenstockError `event-type.unknown`, `request.invalid` where the shares are more than all */
export async function openSynthetic(
  domain: DomainConfig,
  request: SyntheticRequest,
  { pools, nowMs }: { readonly pools: ValuePools; readonly nowMs: number },
): Promise<SyntheticSource> {
  const { eventType, late = 0, duplicates = 0, malformed = 0, eventsPerSecond } = request;
  const isKnown = domain.eventTypes.some(({ name }) => eventType === undefined || name === eventType);
  if (!isKnown) {
    throw new PenstockError(
      'event-type.unknown',
      `The domain "${domain.name}" has no event type "${eventType ?? ''}".`,
    );
  }
  if (late + duplicates + malformed > 1) throw new PenstockError('request.invalid', 'The shares are more than 1.');
  const seed = request.seed ?? randomInt(SEEDS);
  const startMs = request.startMs ?? (request.seed === undefined ? nowMs - spanMs(request) : SEEDED_START_MS);
  const texts = domain.eventTypes.flatMap(({ attributes, dimensions }) => [...attributes, ...dimensions]);
  const events = new SyntheticEvents(domain, await pools.prepare(poolsFor(texts), seed), {
    seed,
    startMs,
    eventsPerSecond,
  });
  return { seed, records: syntheticRecords(events, request) };
}

/** About how long it is from the first event to the last. */
function spanMs({ count, eventsPerSecond, sessions = false }: SyntheticRequest): number {
  return (count / (eventsPerSecond * (sessions ? EVENTS_OF_SESSION : 1))) * SECOND_MS;
}
