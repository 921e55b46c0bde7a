import { PenstockError } from '../../domain/errors.js';
import type { DomainConfig, EventType } from '../../domain/event-pipelines/domain-config.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { DomainConfigs } from '../../domain/ports/domain-configs.port.js';

/** How long a domain is believed to be as it was read: requests come faster than people change files. */
const READ_AGAIN_MS = 5000;

interface Reading {
  readonly domain: Promise<DomainConfig>;
  readonly atMs: number;
}

/** An event type, and the domain it is of. */
export interface TypeInDomain {
  readonly domain: DomainConfig;
  readonly eventType: EventType;
}

/** The domains as they are configured, read again now and then. */
export class KnownDomains {
  private readonly readings = new Map<string, Reading>();

  constructor(
    private readonly configs: DomainConfigs,
    private readonly clock: Clock,
  ) {}

  /** @throws PenstockError as `DomainConfigs.load` */
  async load(name: string): Promise<DomainConfig> {
    const nowMs = this.clock.nowMs();
    const known = this.readings.get(name);
    if (known !== undefined && nowMs - known.atMs < READ_AGAIN_MS) return known.domain;
    const domain = this.configs.load(name);
    this.readings.set(name, { domain, atMs: nowMs });
    // Also where nobody waits for it any more.
    domain.catch(() => this.readings.delete(name));
    return domain;
  }

  /**
   * @param domainName left out: of all domains the one that has this type
   * @throws PenstockError `event-type.unknown`; `request.invalid` where several domains have it
   */
  async typeOf(eventType: string, domainName?: string): Promise<TypeInDomain> {
    const domains = domainName === undefined ? await this.readable() : [await this.load(domainName)];
    const found = domains.flatMap((domain) =>
      domain.eventTypes.filter(({ name }) => name === eventType).map((type) => ({ domain, eventType: type })),
    );
    const [one, ...others] = found;
    if (one !== undefined && others.length === 0) return one;
    if (one === undefined) {
      const where = domainName === undefined ? 'No domain' : `The domain "${domainName}" does not`;
      throw new PenstockError('event-type.unknown', `${where} has an event type "${eventType.slice(0, 100)}".`);
    }
    const names = found.map(({ domain }) => domain.name).join(', ');
    throw new PenstockError('request.invalid', `Several domains have "${eventType}": say which (${names}).`, {
      faults: [{ path: 'domain', message: `must be one of ${names}` }],
    });
  }

  /** One that is faulty does not hinder the events of the others. @throws PenstockError where none can be read */
  private async readable(): Promise<DomainConfig[]> {
    const names = await this.configs.list();
    const read = await Promise.allSettled(names.map((name) => this.load(name)));
    const domains = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failure = read.find((each) => each.status === 'rejected');
    if (domains.length === 0 && failure !== undefined) throw failure.reason;
    return domains;
  }
}
