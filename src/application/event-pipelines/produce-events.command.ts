import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import { WIRE_DAMAGES } from '../../domain/event-pipelines/damaged-event.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import type { Fault as RecordFault, SyntheticRecord } from '../../domain/event-pipelines/synthetic-records.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { ValuePools } from '../../domain/ports/value-pools.port.js';
import type { ProducerStats } from './delivery-book.js';
import type { EventProducer } from './event-producer.js';
import { EventProducers } from './event-producers.js';
import { type GivenEvent, readGiven, type RejectedEvent } from './given-events.js';
import { KnownDomains } from './known-domains.js';
import { openSynthetic, type SyntheticRequest } from './synthetic-source.js';

/** Synthetic events, or those that somebody gives. */
export type EventSource = { readonly synthetic: SyntheticRequest } | { readonly given: AsyncIterable<GivenEvent> };

export interface ProduceOptions {
  /** Aborted: nothing more is accepted, and what was accepted is flushed. */
  readonly signal: AbortSignal;
  /** Told once how to see how far it is. */
  readonly watch?: (stats: () => ProducerStats) => void;
}

export interface ProduceReceipt {
  readonly domain: string;
  /** Of synthetic events. */
  readonly seed?: number;
  /** Acknowledged by the transport. */
  readonly sent: number;
  /** Accepted, and given up. */
  readonly errors: number;
  /** Not accepted: they are no events of their type. */
  readonly rejected: number;
  /** Of the accepted ones, those that are late, duplicates or malformed on purpose. */
  readonly faults: Readonly<Record<RecordFault, number>>;
  readonly bytes: number;
  readonly retries: number;
  readonly elapsed_ms: number;
  /** Why it ended before its end. */
  readonly stopped_by?: ErrorCode | 'interrupted';
  /** The first of those rejected, and the last of those given up. */
  readonly told: readonly (RejectedEvent | ProducerStats['failed'][number])[];
}

/** Publish many events of a domain, as fast as the transport takes them. */
export class ProduceEventsCommand extends Command<ProduceReceipt> {
  constructor(
    readonly domain: string,
    readonly source: EventSource,
    readonly options: ProduceOptions,
  ) {
    super();
  }
}

/** What a run has counted. */
class Run {
  rejected: RejectedEvent[] = [];
  rejectedCount = 0;
  readonly faults: Record<RecordFault, number> = { late: 0, duplicate: 0, malformed: 0 };
  stoppedBy: ErrorCode | 'interrupted' | undefined;
}

/** Events between two looks at whether somebody wants it to end, or the transport has given up. */
const LOOK_EVERY = 256;
const MAX_REJECTED_TOLD = 100;

@CommandHandler(ProduceEventsCommand)
export class ProduceEventsHandler implements ICommandHandler<ProduceEventsCommand> {
  constructor(
    private readonly domains: KnownDomains,
    private readonly producers: EventProducers,
    private readonly pools: ValuePools,
    private readonly clock: Clock,
  ) {}

  async execute({ domain: name, source, options }: ProduceEventsCommand): Promise<ProduceReceipt> {
    const begunMs = this.clock.nowMs();
    const domain = await this.domains.load(name);
    const producer = this.producers.open(domain);
    const run = new Run();
    options.watch?.(() => producer.stats());
    let seed: number | undefined;
    try {
      if ('given' in source) await this.sendGiven(producer, source.given, { run, options });
      else seed = await this.sendSynthetic(producer, source.synthetic, { run, options });
    } catch (error) {
      if (!(error instanceof PenstockError) || producer.stats().sent + producer.stats().pending === 0) throw error;
      run.stoppedBy = error.code;
    } finally {
      await producer.close();
    }
    return {
      ...receiptOf(domain, producer.stats(), run),
      ...(seed !== undefined && { seed }),
      elapsed_ms: this.clock.nowMs() - begunMs,
    };
  }

  private async sendSynthetic(
    producer: EventProducer,
    request: SyntheticRequest,
    { run, options }: { run: Run; options: ProduceOptions },
  ): Promise<number> {
    const here = { pools: this.pools, nowMs: this.clock.nowMs() };
    const { seed, records } = await openSynthetic(producer.domain, request, here);
    let made = 0;
    for (const record of records) {
      if (made % LOOK_EVERY === 0 && isOver(producer, run, options.signal)) break;
      made += 1;
      await sendRecord(producer, record, run);
    }
    return seed;
  }

  private async sendGiven(
    producer: EventProducer,
    given: AsyncIterable<GivenEvent>,
    { run, options }: { run: Run; options: ProduceOptions },
  ): Promise<void> {
    const { signal } = options;
    let seen = 0;
    for await (const event of readGiven(given, { domain: producer.domain, clock: this.clock })) {
      if (seen % LOOK_EVERY === 0 && isOver(producer, run, signal)) break;
      seen += 1;
      if ('faults' in event) {
        run.rejectedCount += 1;
        if (run.rejected.length < MAX_REJECTED_TOLD) run.rejected.push(event);
      } else await producer.send(event.eventType, event.event);
    }
    if (signal.aborted) run.stoppedBy = 'interrupted';
  }
}

function sendRecord(producer: EventProducer, { eventType, event, fault }: SyntheticRecord, run: Run): Promise<void> {
  if (fault === undefined) return producer.send(eventType, event);
  const before = run.faults[fault];
  run.faults[fault] += 1;
  if (fault !== 'malformed') return producer.send(eventType, event);
  return producer.sendDamaged(eventType, event, WIRE_DAMAGES[before % WIRE_DAMAGES.length] ?? WIRE_DAMAGES[0]);
}

/** A transport that has given up one event would give up the next ones as well, each after a long time. */
function isOver(producer: EventProducer, run: Run, signal: AbortSignal): boolean {
  if (signal.aborted) run.stoppedBy = 'interrupted';
  else run.stoppedBy = producer.stats().failed[0]?.code;
  return run.stoppedBy !== undefined;
}

function receiptOf(
  { name }: DomainConfig,
  { sent, errors, bytes, retries, failed }: ProducerStats,
  run: Run,
): Omit<ProduceReceipt, 'elapsed_ms'> {
  const stoppedBy = run.stoppedBy ?? failed[0]?.code;
  return {
    domain: name,
    sent,
    errors,
    rejected: run.rejectedCount,
    faults: run.faults,
    bytes,
    retries,
    ...(stoppedBy !== undefined && { stopped_by: stoppedBy }),
    told: [...run.rejected, ...failed],
  };
}
