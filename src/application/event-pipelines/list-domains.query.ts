import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Fault, PenstockError } from '../../domain/errors.js';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import { DomainFiles } from '../../domain/ports/domain-files.port.js';

/** A domain in a list; one whose configuration is not right has `faults` and nothing else. */
export interface DomainSummary {
  readonly name: string;
  readonly description?: string;
  readonly event_types: readonly string[];
  readonly aggregations: readonly string[];
  readonly faults?: readonly Fault[];
}

/** All domains that are configured, in order of their names. */
export class ListDomainsQuery extends Query<readonly DomainSummary[]> {
  /** @param environment unset: the one of the settings */
  constructor(readonly environment?: string) {
    super();
  }
}

@QueryHandler(ListDomainsQuery)
export class ListDomainsHandler implements IQueryHandler<ListDomainsQuery> {
  constructor(
    private readonly domains: DomainConfigs,
    private readonly files: DomainFiles,
  ) {}

  async execute({ environment }: ListDomainsQuery): Promise<readonly DomainSummary[]> {
    const summaries: DomainSummary[] = [];
    for (const name of await this.domains.list()) summaries.push(await this.summary(name, environment));
    return summaries;
  }

  private async summary(name: string, environment: string | undefined): Promise<DomainSummary> {
    try {
      const { config } = await this.files.explain(name, environment);
      const { description = '', event_types: events, aggregations } = config;
      return { name, description, event_types: namesOf(events), aggregations: namesOf(aggregations) };
    } catch (error) {
      if (!(error instanceof PenstockError) || error.code !== 'domain.invalid') throw error;
      return { name, event_types: [], aggregations: [], faults: error.faults };
    }
  }
}

function namesOf(items: readonly { readonly name: string }[]): string[] {
  return items.map(({ name }) => name);
}
