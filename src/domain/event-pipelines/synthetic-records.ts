import type { EventValues } from './avro-schema.js';
import { EVENT_TIME_FIELD } from './generate-event-schema.js';
import type { SyntheticEvents, TypedEvent } from './synthetic-events.js';

/** What is wrong with a synthetic record, as producers and networks do it. */
export type Fault = 'late' | 'duplicate' | 'malformed';

export interface SyntheticRecord extends TypedEvent {
  /** `late`: its time is long past where it stands; `duplicate`: it was there before; `malformed`: to be damaged. */
  readonly fault?: Fault;
}

/** Which records, and the shares of those that are not as they should be: 0 to 1, together at most 1. */
export interface SyntheticOrder {
  readonly count: number;
  /** Left out: of all types. */
  readonly eventType?: string;
  /** Whole sessions side by side, in the order of time, instead of single events. */
  readonly sessions?: boolean;
  readonly late?: number;
  readonly duplicates?: number;
  readonly malformed?: number;
}

/** How far a late event is behind: from one minute to a quarter of an hour. */
const LEAST_LATE_MS = 60_000;
const MOST_LATE_MS = 900_000;
/** A duplicate repeats one of so many records before it. */
const REMEMBERED = 64;
/** Sessions that are put into the order of time together. */
const SESSIONS_AT_ONCE = 64;

/** Synthetic records, made when they are asked for; faulty ones count as well. */
export function* syntheticRecords(
  events: SyntheticEvents,
  order: SyntheticOrder,
): Generator<SyntheticRecord, void, undefined> {
  const { count, late = 0, duplicates = 0, malformed = 0 } = order;
  const fresh = order.sessions === true ? sessionsInTime(events, order) : single(events, order);
  const records = late + duplicates + malformed === 0 ? fresh : faulty(fresh, events, { late, duplicates, malformed });
  for (let made = 0; made < count; made += 1) yield records.next().value;
}

interface Shares {
  readonly late: number;
  readonly duplicates: number;
  readonly malformed: number;
}

function* faulty(
  fresh: Generator<TypedEvent, never, undefined>,
  events: SyntheticEvents,
  shares: Shares,
): Generator<SyntheticRecord, never, undefined> {
  const remembered: TypedEvent[] = [];
  for (let made = 0; ;) {
    const fault = faultBy(events.random(), shares);
    const known = remembered[Math.floor(events.random() * remembered.length)];
    if (fault === 'duplicate' && known !== undefined) {
      yield { ...known, fault };
      continue;
    }
    const record = fresh.next().value;
    if (fault === 'late') yield { ...record, event: delayed(record.event, events), fault };
    else if (fault === 'malformed') yield { ...record, fault };
    else {
      remembered[made % REMEMBERED] = record;
      made += 1;
      yield record;
    }
  }
}

function faultBy(share: number, shares: Shares): Fault | undefined {
  if (share < shares.late) return 'late';
  if (share < shares.late + shares.duplicates) return 'duplicate';
  return share < shares.late + shares.duplicates + shares.malformed ? 'malformed' : undefined;
}

function delayed(event: EventValues, { random }: SyntheticEvents): EventValues {
  const byMs = LEAST_LATE_MS + Math.floor(random() * (MOST_LATE_MS - LEAST_LATE_MS));
  return { ...event, [EVENT_TIME_FIELD]: Number(event[EVENT_TIME_FIELD]) - byMs };
}

function* single(events: SyntheticEvents, { eventType }: SyntheticOrder): Generator<TypedEvent, never, undefined> {
  const { eventTypes, random } = events;
  for (;;) {
    const type = eventType ?? eventTypes[Math.floor(random() * eventTypes.length)] ?? eventTypes[0];
    yield { eventType: type, event: events.event(type) };
  }
}

/** What later sessions cannot come before any more is given; the rest waits for the next ones. */
function* sessionsInTime(
  events: SyntheticEvents,
  { eventType }: SyntheticOrder,
): Generator<TypedEvent, never, undefined> {
  let waiting: TypedEvent[] = [];
  for (;;) {
    let begunMs = 0;
    for (let made = 0; made < SESSIONS_AT_ONCE; made += 1) {
      const session = events.session();
      begunMs = timeOf(session[0]);
      waiting.push(...session.filter((each) => eventType === undefined || each.eventType === eventType));
    }
    waiting.sort((one, other) => timeOf(one) - timeOf(other));
    const end = waiting.findIndex((each) => timeOf(each) > begunMs);
    yield* end < 0 ? waiting : waiting.slice(0, end);
    waiting = end < 0 ? [] : waiting.slice(end);
  }
}

const timeOf = (record: TypedEvent | undefined): number => Number(record?.event[EVENT_TIME_FIELD] ?? 0);
