import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { DAMAGES, damagedEvent } from '../../domain/event-pipelines/damaged-event.js';
import type { SyntheticRecord } from '../../domain/event-pipelines/synthetic-records.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { ValuePools } from '../../domain/ports/value-pools.port.js';
import { KnownDomains } from './known-domains.js';
import { openSynthetic, type SyntheticRequest } from './synthetic-source.js';

export interface GeneratedEvents {
  /** That gives the same events again. */
  readonly seed: number;
  /** NDJSON, made when it is asked for: each event with its type as `event_type` in front. */
  readonly lines: AsyncIterable<Uint8Array>;
}

/** Make synthetic events of a domain, and publish nothing. */
export class GenerateEventsQuery extends Query<GeneratedEvents> {
  constructor(
    readonly domain: string,
    readonly request: SyntheticRequest,
  ) {
    super();
  }
}

@QueryHandler(GenerateEventsQuery)
export class GenerateEventsHandler implements IQueryHandler<GenerateEventsQuery> {
  constructor(
    private readonly domains: KnownDomains,
    private readonly pools: ValuePools,
    private readonly clock: Clock,
  ) {}

  async execute({ domain: name, request }: GenerateEventsQuery): Promise<GeneratedEvents> {
    const domain = await this.domains.load(name);
    const here = { pools: this.pools, nowMs: this.clock.nowMs() };
    const { seed, records } = await openSynthetic(domain, request, here);
    return { seed, lines: linesOf(records) };
  }
}

/** Characters that are handed on together. */
const CHUNK_CHARACTERS = 65_536;
const LINE_FEED = Uint8Array.of(0x0a);

async function* linesOf(records: Iterable<SyntheticRecord>): AsyncGenerator<Uint8Array, void, undefined> {
  let text = '';
  let damaged = 0;
  for (const { eventType, event, fault } of records) {
    if (fault === 'malformed') {
      yield Buffer.from(text);
      text = '';
      yield damagedEvent(DAMAGES[damaged % DAMAGES.length] ?? DAMAGES[0], { event_type: eventType, ...event });
      yield LINE_FEED;
      damaged += 1;
      continue;
    }
    text += `{"event_type":${JSON.stringify(eventType)},${JSON.stringify(event).slice(1)}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
