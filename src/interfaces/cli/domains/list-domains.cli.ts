import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { type DomainSummary, ListDomainsQuery } from '../../../application/event-pipelines/list-domains.query.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List the domains, their events and aggregations' })
@SharedOptions(JSON_OPTION)
export class ListDomainsCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run(_: string[], { environment, json }: Options): Promise<void> {
    const domains = await this.queries.execute(new ListDomainsQuery(environment));
    answer({ domains }, domainsText(domains), json);
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }
}

function domainsText(domains: readonly DomainSummary[]): string[] {
  if (domains.length === 0) return ['There are no domains.'];
  const rows = domains.map(({ name, event_types: events, aggregations, description, faults }) => {
    const about = faults === undefined ? description : `not right: penstock config show ${name} tells why`;
    return [name, events.length, aggregations.length, about];
  });
  return textTable(['domain', 'event types', 'aggregations', 'about'], rows);
}
