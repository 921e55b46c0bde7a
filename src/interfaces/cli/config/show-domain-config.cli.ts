import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { stringify } from 'yaml';
import {
  ShowDomainConfigQuery,
  type ShownDomainConfig,
} from '../../../application/event-pipelines/show-domain-config.query.js';
import { given } from '../../../domain/shared/given.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'show',
  arguments: '<domain>',
  description: 'Print the merged configuration of a domain; secrets stay ${secret:KEY}',
})
@SharedOptions(JSON_OPTION)
export class ShowDomainConfigCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run([domain = '']: string[], { environment, explain = false, json }: Options): Promise<void> {
    const options = { ...given({ environment }), isExplained: explain };
    const shown = await this.queries.execute(new ShowDomainConfigQuery(domain, options));
    answer(shown, explain ? settingsText(shown) : configText(shown), json);
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }

  @Option({ flags: '--explain', description: 'Tell which file set each value' })
  parseExplain(): boolean {
    return true;
  }
}

function configText({ config }: ShownDomainConfig): string[] {
  return stringify(config).trimEnd().split('\n');
}

function settingsText({ settings = [] }: ShownDomainConfig): string[] {
  const rows = settings.map(({ path, value, file, line }) => [
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
    file === undefined ? '(default)' : `${file}:${line}`,
  ]);
  return textTable(['path', 'value', 'set by'], rows);
}
