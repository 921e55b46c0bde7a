import { PenstockError } from '../../domain/errors.js';
import type { EventValues } from '../../domain/event-pipelines/avro-schema.js';
import { damagedRecord, type WireDamage } from '../../domain/event-pipelines/damaged-event.js';
import { type DomainConfig, streamNameOf, subjectOf } from '../../domain/event-pipelines/domain-config.js';
import { generateEventSchema } from '../../domain/event-pipelines/generate-event-schema.js';
import type { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import type { EventCodec, EventEncoder } from '../../domain/ports/event-codec.port.js';
import type { HealthProbes } from '../../domain/ports/health-probe.port.js';
import type { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { BatchOutcome, type BatchReceipt } from './batch-outcome.js';
import { DeliveryBook, type ProducerStats } from './delivery-book.js';
import { EventLane, type LanePorts, type PendingEvent } from './event-lane.js';

export interface ProducerPorts extends LanePorts {
  readonly registry: SchemaRegistry;
  readonly codec: EventCodec;
  readonly probes: HealthProbes;
}

interface Prepared {
  readonly lane: EventLane;
  readonly encoder: EventEncoder;
}

type Encode = (encoder: EventEncoder) => Uint8Array;

/**
 * Publishes the events of one domain: each as Avro, to the stream of its type, keyed by its entity. Events of one key keep
 * the order in which they were sent. `sent` means acknowledged by the transport, which may have an event twice then.
 */
export class EventProducer {
  private readonly prepared = new Map<string, Prepared>();
  private readonly opening = new Map<string, Promise<Prepared>>();
  private readonly book: DeliveryBook;
  private isClosed = false;

  constructor(
    readonly domain: DomainConfig,
    private readonly ports: ProducerPorts,
    private readonly limits: ProducerLimits,
  ) {
    this.book = new DeliveryBook(limits);
  }

  /**
   * Accepts an event; it is published soon. Resolves when there is room for the next one: whoever waits for that is held
   * back while the transport is slow.
   *
   * @param key left out: the entity's
   * @throws PenstockError `event-type.unknown`, `event.invalid`, `producer.full` (for whoever does not wait),
   *   `service.stopping`; what prevents the type from being prepared: of the registry and of the stream
   */
  send(eventType: string, event: EventValues, key: string = this.keyOf(event)): Promise<void> {
    return this.dispatch(eventType, key, (encoder) => encoder.encode(event));
  }

  /** The same with a record that nobody can decode, for rehearsals of what consumers do then. */
  sendDamaged(eventType: string, event: EventValues, damage: WireDamage): Promise<void> {
    return this.dispatch(eventType, this.keyOf(event), (encoder) => damagedRecord(damage, encoder.encode(event)));
  }

  /**
   * Publishes events of one type, and resolves when each of them is acknowledged or given up; what `send` would throw is
   * told of each event in the receipt.
   */
  async sendBatch(
    eventType: string,
    events: Iterable<EventValues> | AsyncIterable<EventValues>,
  ): Promise<BatchReceipt> {
    const batch = new BatchOutcome();
    for await (const event of events) {
      const encode: Encode = (encoder) => encoder.encode(event);
      await batch.add((settle) => this.dispatch(eventType, this.keyOf(event), encode, settle));
    }
    return batch.receipt();
  }

  /** Waits until all that was sent before is acknowledged or given up. @returns how many events are still pending */
  async flush(timeoutMs: number): Promise<number> {
    const late = new AbortController();
    await Promise.race([this.drained(), this.ports.clock.sleep(timeoutMs, late.signal)]);
    late.abort();
    return this.book.pending;
  }

  stats(): ProducerStats {
    return this.book.stats([...this.prepared.values()].reduce((sum, { lane }) => sum + lane.retries, 0));
  }

  /** Whether the transport and the registry answer. */
  async healthCheck(signal: AbortSignal): Promise<boolean> {
    const { transport } = this.domain.stream;
    const subject = subjectOf(this.domain, this.domain.eventTypes[0]?.name ?? '');
    const probes = this.ports.probes.list().filter(({ name }) => name === transport);
    const checks = [...probes.map((probe) => probe.check(signal)), this.ports.registry.latest(subject)];
    return (await Promise.allSettled(checks)).every(({ status }) => status === 'fulfilled');
  }

  /** Accepts nothing more, and waits for what was accepted; what takes too long counts as given up, though it may arrive. */
  async close(timeoutMs: number = this.limits.closeMs): Promise<ProducerStats> {
    this.isClosed = true;
    if ((await this.flush(timeoutMs)) > 0) {
      for (const { lane } of this.prepared.values()) lane.abandon('event.undelivered');
    }
    return this.stats();
  }

  private async drained(): Promise<void> {
    await Promise.allSettled(this.opening.values());
    await Promise.all([...this.prepared.values()].map(({ lane }) => lane.drain()));
  }

  private keyOf(event: EventValues): string {
    return String(event[this.domain.entity.primaryKey] ?? '');
  }

  /** At once where the type is prepared, else in the order of the calls. */
  private dispatch(eventType: string, key: string, encode: Encode, settle?: PendingEvent['settle']): Promise<void> {
    const prepared = this.prepared.get(eventType);
    if (prepared === undefined) {
      return this.open(eventType).then((opened) => this.put(opened.lane, key, encode(opened.encoder), settle));
    }
    try {
      return this.put(prepared.lane, key, encode(prepared.encoder), settle);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private put(lane: EventLane, key: string, data: Uint8Array, settle: PendingEvent['settle']): Promise<void> {
    const { maxEventBytes } = this.limits;
    if (this.isClosed) throw new PenstockError('service.stopping', 'The producer is closed.');
    if (data.length > maxEventBytes) {
      const faults = [{ path: '', message: `has more than ${maxEventBytes} bytes as a record` }];
      throw new PenstockError('event.invalid', 'The event is too large.', { faults });
    }
    if (this.book.isFull) throw new PenstockError('producer.full', 'Too many events wait for the transport.');
    lane.push({ partitionKey: key, data, isPackable: true, index: this.book.accepted, settle });
    return this.book.accept(data.length);
  }

  private open(eventType: string): Promise<Prepared> {
    const known = this.opening.get(eventType);
    if (known !== undefined) return known;
    const opening = this.prepare(eventType);
    this.opening.set(eventType, opening);
    // The first to be told, so that nobody goes the short way before those who have waited.
    const forget = (): boolean => this.opening.delete(eventType);
    opening.then((prepared) => this.prepared.set(eventType, prepared)).then(forget, forget);
    return opening;
  }

  /** Registers its schema and creates its stream, unless they are there. */
  private async prepare(eventType: string): Promise<Prepared> {
    const { domain, ports, limits } = this;
    const type = domain.eventTypes.find(({ name }) => name === eventType);
    if (type === undefined) {
      throw new PenstockError('event-type.unknown', `"${domain.name}" has no event type "${eventType}".`);
    }
    const schema = JSON.stringify(generateEventSchema(type, domain.entity, domain.namespace));
    const streamName = streamNameOf(domain, eventType);
    const [{ id }] = await Promise.all([
      ports.registry.register(subjectOf(domain, eventType), schema),
      ports.sink.ensure(streamName, domain.stream.shards),
    ]);
    const onSettled: (event: PendingEvent, code?: PenstockError['code']) => void = ({ index, data }, code) =>
      this.book.settle(index, data.length, code);
    const lane = new EventLane(ports, { eventType, streamName, limits, onSettled });
    return { lane, encoder: ports.codec.encoder(schema, id) };
  }
}
