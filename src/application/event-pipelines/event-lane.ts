import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import type { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import { type OutgoingRecord, RecordsGivenUp, type StreamSink } from '../../domain/ports/stream-sink.port.js';

/** An event on its way; it is one of those that its sender was promised an outcome of. */
export interface PendingEvent extends OutgoingRecord {
  /** Of the events that the producer accepted, from 0. */
  readonly index: number;
  /** Called once: with nothing when it was acknowledged, else with why it was given up. */
  readonly settle: ((code?: ErrorCode) => void) | undefined;
}

export interface LanePorts {
  readonly sink: StreamSink;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface LaneOptions {
  readonly eventType: string;
  readonly streamName: string;
  readonly limits: ProducerLimits;
  /** Told of each event once, when it is acknowledged or given up. */
  readonly onSettled: (event: PendingEvent, code?: ErrorCode) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const SECOND_MS = 1000;

/**
 * The way of the events of one type to their stream: one batch after another, so that none of a key overtakes another. What
 * the transport gave up is tried again, in its order, until it is too late.
 */
export class EventLane {
  private queue: PendingEvent[] = [];
  private inFlight: readonly PendingEvent[] = [];
  private queuedBytes = 0;
  private isRunning = false;
  private isAbandoned = false;
  private hurry = new AbortController();
  private readonly given = new AbortController();
  /** Events accepted so far, and events of batches that are settled as a whole. */
  private accepted = 0;
  private settled = 0;
  private waiters: { readonly upTo: number; readonly resolve: () => void }[] = [];
  retries = 0;

  constructor(
    private readonly ports: LanePorts,
    private readonly options: LaneOptions,
  ) {}

  push(event: PendingEvent): void {
    this.queue.push(event);
    this.queuedBytes += event.data.length;
    this.accepted += 1;
    if (!this.isRunning) {
      this.isRunning = true;
      void this.run();
    } else if (this.isFull()) this.hurry.abort();
  }

  /** Resolves when all that were accepted before are settled; nothing waits for company until then. */
  async drain(): Promise<void> {
    const upTo = this.accepted;
    if (this.settled >= upTo) return;
    const drained = new Promise<void>((resolve) => this.waiters.push({ upTo, resolve }));
    this.hurry.abort();
    await drained;
  }

  /** Gives up all that is not acknowledged; the transport may have taken what is on its way. */
  abandon(code: ErrorCode): void {
    this.isAbandoned = true;
    this.given.abort();
    this.hurry.abort();
    this.giveUp(code);
  }

  private giveUp(code: ErrorCode): void {
    const events = [...this.inFlight, ...this.queue];
    this.inFlight = [];
    this.queue = [];
    this.queuedBytes = 0;
    this.settle(events, code);
    this.closeBatch(this.accepted - this.settled);
  }

  private async run(): Promise<void> {
    try {
      while (this.queue.length > 0) {
        await this.gather();
        const batch = this.take();
        await this.deliver(batch);
        if (!this.isAbandoned) this.closeBatch(batch.length);
      }
    } catch (error) {
      this.ports.log.error('Publishing events ends by a defect.', error, { event_type: this.options.eventType });
      this.giveUp('internal.defect');
    } finally {
      this.isRunning = false;
    }
  }

  private async gather(): Promise<void> {
    if (this.isFull() || this.waiters.length > 0) return;
    this.hurry = new AbortController();
    await this.ports.clock.sleep(this.options.limits.lingerMs, this.hurry.signal);
  }

  private isFull(): boolean {
    const { batchEvents, maxPendingBytes } = this.options.limits;
    return this.queue.length >= batchEvents || this.queuedBytes * 4 >= maxPendingBytes;
  }

  private take(): readonly PendingEvent[] {
    const batch = this.queue.splice(0, this.options.limits.batchEvents);
    for (const { data } of batch) this.queuedBytes -= data.length;
    return batch;
  }

  private async deliver(batch: readonly PendingEvent[]): Promise<void> {
    const { clock } = this.ports;
    const deadlineMs = clock.nowMs() + this.options.limits.deliveryMs;
    let left = batch;
    for (let pauseMs = FIRST_PAUSE_MS; left.length > 0; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      this.inFlight = left;
      const { unpublished, code } = await this.publish(left);
      if (this.isAbandoned) return;
      const refused = unpublished.map((at) => left[at]).filter((event) => event !== undefined);
      this.inFlight = refused;
      const isOver = code !== undefined && (!PASSING.has(code) || clock.nowMs() >= deadlineMs);
      this.settle(refused.length === 0 ? left : without(left, unpublished));
      if (isOver) this.settle(refused, code);
      left = isOver ? [] : refused;
      if (left.length === 0) break;
      this.retries += left.length;
      await clock.sleep(pauseMs, this.given.signal);
    }
    this.inFlight = [];
  }

  private async publish(
    events: readonly PendingEvent[],
  ): Promise<{ unpublished: readonly number[]; code?: ErrorCode }> {
    const { sink, clock, metrics } = this.ports;
    const { streamName, eventType } = this.options;
    const begunMs = clock.nowMs();
    try {
      await sink.publish(streamName, events);
      return { unpublished: [] };
    } catch (error) {
      if (!(error instanceof PenstockError)) throw error;
      const unpublished = error instanceof RecordsGivenUp ? error.unpublished : [...events.keys()];
      return { unpublished, code: error.code };
    } finally {
      metrics.observe('produce_latency_seconds', { event_type: eventType }, (clock.nowMs() - begunMs) / SECOND_MS);
    }
  }

  private settle(events: readonly PendingEvent[], code?: ErrorCode): void {
    if (events.length === 0) return;
    const status = code === undefined ? 'success' : 'error';
    this.ports.metrics.count('events_produced_total', { event_type: this.options.eventType, status }, events.length);
    for (const event of events) {
      this.options.onSettled(event, code);
      event.settle?.(code);
    }
  }

  private closeBatch(events: number): void {
    this.settled += events;
    const ready = this.waiters.filter(({ upTo }) => upTo <= this.settled);
    this.waiters = this.waiters.filter(({ upTo }) => upTo > this.settled);
    for (const { resolve } of ready) resolve();
  }
}

/** What time mends. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['stream.unreachable', 'stream.throttled', 'engine.unavailable']);

function without(events: readonly PendingEvent[], indexes: readonly number[]): readonly PendingEvent[] {
  const left = new Set(indexes);
  return events.filter((_, at) => !left.has(at));
}
