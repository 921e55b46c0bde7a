import { CommandBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import { CreateSchemaCommand } from '../../../application/sales-reporting/create-schema.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { readTextFile } from '../read-text-file.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly source: string;
  readonly json?: boolean;
}

@Command({ name: 'create-schema', description: 'Run a file of SQL in one transaction' })
@SharedOptions(JSON_OPTION)
export class CreateSchemaCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], { source, json }: Options): Promise<void> {
    const sql = await readTextFile(source);
    const receipt = await this.progress.during(`Running ${source}`, () =>
      this.commands.execute(new CreateSchemaCommand(sql)),
    );
    answer({ source, ...receipt }, [`${receipt.statements} statements of ${source} were run.`], json);
  }

  @Option({ flags: '-s, --source <file>', description: 'The file of SQL', required: true })
  parseSource(text: string): string {
    return text;
  }
}
