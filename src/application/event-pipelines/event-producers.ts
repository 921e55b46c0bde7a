import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import type { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import { EventProducer, type ProducerPorts } from './event-producer.js';

/** The producers of this process: one for each domain as it is configured, and closed with the process. */
export class EventProducers {
  private readonly producers = new Map<string, EventProducer>();

  constructor(
    private readonly ports: ProducerPorts,
    private readonly limits: ProducerLimits,
  ) {}

  /** The one that everybody in this process shares; a domain that was changed gets another. */
  of(domain: DomainConfig): EventProducer {
    const configured = JSON.stringify(domain);
    const known = this.producers.get(configured);
    if (known !== undefined) return known;
    for (const [key, other] of this.producers) if (other.domain.name === domain.name) this.retire(key, other);
    const opened = this.open(domain);
    this.producers.set(configured, opened);
    return opened;
  }

  /** One that the caller has for itself, and closes. */
  open(domain: DomainConfig): EventProducer {
    return new EventProducer(domain, this.ports, this.limits);
  }

  /** Before the engines are let go of. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.producers.values()].map((producer) => producer.close()));
  }

  private retire(key: string, producer: EventProducer): void {
    this.producers.delete(key);
    producer.close().catch((error: unknown) => this.ports.log.error('A producer did not close.', error));
  }
}
