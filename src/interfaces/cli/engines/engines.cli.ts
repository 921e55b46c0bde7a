import { QueryBus } from '@nestjs/cqrs';
import { Command, CommandRunner } from 'nest-commander';
import { ListEnginesQuery } from '../../../application/engines/list-engines.query.js';
import { answer } from '../answer.js';
import { requireSubCommand } from '../cli-program.js';
import { textTable } from '../text-table.js';
import { StopEnginesCli } from './stop-engines.cli.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly json?: boolean;
}

@Command({
  name: 'engines',
  description: 'Show where the embedded engines listen, or stop them',
  subCommands: [StopEnginesCli],
})
@SharedOptions(JSON_OPTION)
export class EnginesCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run(args: string[], { json }: Options): Promise<void> {
    if (args.length > 0) requireSubCommand(this.command, args);
    const engines = await this.queries.execute(new ListEnginesQuery());
    const byName = Object.fromEntries(engines.map(({ name, ...access }) => [name, access]));
    const rows = engines.map(({ name, url, database, region, ...access }) => [
      name,
      url,
      access.user ?? access.accessKeyId,
      access.password ?? access.secretAccessKey,
      database ?? region,
    ]);
    const lines = textTable(['engine', 'url', 'user or key', 'password or secret', 'database or region'], rows);
    answer(byName, engines.length > 0 ? lines : ['No embedded engine runs.'], json);
  }
}
