import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ErrorCode, type Fault, PenstockError } from '../../domain/errors.js';
import type { EventValues } from '../../domain/event-pipelines/avro-schema.js';
import { checkEvent, isEvent } from '../../domain/event-pipelines/check-event.js';
import { completeEvent, eventIds } from '../../domain/event-pipelines/complete-event.js';
import { EVENT_ID_FIELD, generateEventSchema } from '../../domain/event-pipelines/generate-event-schema.js';
import { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { EventProducers } from './event-producers.js';
import { KnownDomains, type TypeInDomain } from './known-domains.js';

/** `sent`: acknowledged by the transport; `rejected`: no such event is published; `failed`: it may be tried again. */
export interface EventOutcome {
  readonly index: number;
  readonly status: 'sent' | 'rejected' | 'failed';
  readonly event_id?: string;
  readonly code?: ErrorCode;
  readonly errors?: readonly Fault[];
}

export interface PublishReceipt {
  readonly domain: string;
  readonly event_type: string;
  readonly sent: number;
  readonly rejected: number;
  readonly failed: number;
  /** One of each event, in the order of the request. */
  readonly outcomes: readonly EventOutcome[];
}

/** Events of one type to publish, as they came. */
export interface EventsToPublish {
  readonly eventType: string;
  readonly events: readonly unknown[];
  /** How faults name an event: `events.3`, or nothing where there is one only. */
  readonly place: (index: number) => string;
  /** Left out: the domain that has this type. */
  readonly domain?: string;
  readonly idempotencyKey?: string;
}

/** Publish events: each checked by its schema, completed and sent; some may be refused while others go through. */
export class PublishEventsCommand extends Command<PublishReceipt> {
  constructor(readonly request: EventsToPublish) {
    super();
  }
}

type Checked = EventValues | readonly Fault[];

@CommandHandler(PublishEventsCommand)
export class PublishEventsHandler implements ICommandHandler<PublishEventsCommand> {
  constructor(
    private readonly domains: KnownDomains,
    private readonly producers: EventProducers,
    private readonly clock: Clock,
    private readonly limits: ProducerLimits,
  ) {}

  async execute({ request }: PublishEventsCommand): Promise<PublishReceipt> {
    const { maxRequestEvents } = this.limits;
    if (request.events.length === 0 || request.events.length > maxRequestEvents) {
      const faults = [{ path: 'events', message: `must have 1 to ${maxRequestEvents} events` }];
      throw new PenstockError('request.invalid', 'The request does not have the right shape.', { faults });
    }
    const type = await this.domains.typeOf(request.eventType, request.domain);
    const checked = this.check(request, type);
    const outcomes = await this.publish(checked, type);
    const count = (status: EventOutcome['status']): number => outcomes.filter((each) => each.status === status).length;
    if (count('sent') === 0) throw nothingSent(outcomes, request.place);
    const counts = { sent: count('sent'), rejected: count('rejected'), failed: count('failed') };
    return { domain: type.domain.name, event_type: request.eventType, ...counts, outcomes };
  }

  private check(request: EventsToPublish, { domain, eventType }: TypeInDomain): Checked[] {
    const nowMs = this.clock.nowMs();
    const schema = generateEventSchema(eventType, domain.entity, domain.namespace);
    const rules = { schema, key: domain.entity.primaryKey, nowMs };
    const idOf = eventIds(request);
    return request.events.map((event, index) =>
      checkEvent(completeEvent(event, { eventId: idOf(index), nowMs }), rules),
    );
  }

  private async publish(checked: readonly Checked[], { domain, eventType }: TypeInDomain): Promise<EventOutcome[]> {
    const good = checked.filter((each) => isEvent(each));
    const { failed } = await this.producers.of(domain).sendBatch(eventType.name, good);
    const failures = new Map(failed.map((each) => [good[each.index], each]));
    return checked.map((each, index): EventOutcome => {
      if (!isEvent(each)) return { index, status: 'rejected', code: 'event.invalid', errors: each };
      const failure = failures.get(each);
      const event_id = String(each[EVENT_ID_FIELD]);
      if (failure === undefined) return { index, status: 'sent', event_id };
      const { code, faults } = failure;
      const status = code === 'event.invalid' ? 'rejected' : 'failed';
      return { index, status, event_id, code, ...(faults && { errors: faults }) };
    });
  }
}

/** Faults of a request that are told; each event has its own limit too. */
const MAX_FAULTS = 100;

/** What can be tried again comes first: whoever does so learns of the rest then. */
function nothingSent(outcomes: readonly EventOutcome[], place: (index: number) => string): PenstockError {
  const code = outcomes.find(({ status }) => status === 'failed')?.code ?? 'event.invalid';
  const faults = outcomes.flatMap(({ index, errors = [] }) =>
    errors.map(({ path, message }) => ({ path: [place(index), path].filter(Boolean).join('.'), message })),
  );
  const message = code === 'event.invalid' ? 'No event fits its schema.' : 'No event was acknowledged by its stream.';
  return new PenstockError(code, message, { faults: faults.slice(0, MAX_FAULTS) });
}
