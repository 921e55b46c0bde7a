import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { MigrateUpCommand } from '../../../application/migrate/migrate-up.command.js';
import type { MigratedEngine } from '../../../domain/shared/migrated-engine.js';
import { answer } from '../answer.js';
import { ENGINE_FLAGS, parseEngine } from './migrate-options.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly engine?: MigratedEngine;
  readonly json?: boolean;
}

@SubCommand({ name: 'up', description: 'Apply what is pending, and go on with what is incomplete' })
@SharedOptions(JSON_OPTION)
export class MigrateUpCli extends CommandRunner {
  constructor(private readonly commands: CommandBus) {
    super();
  }

  override async run(_: string[], { engine, json }: Options): Promise<void> {
    const applied = await this.commands.execute(new MigrateUpCommand(engine));
    const lines = applied.map(({ engine: where, name }) => `${where}: applied ${name}`);
    answer(applied, lines.length === 0 ? ['Everything is up to date.'] : lines, json);
  }

  @Option({ flags: ENGINE_FLAGS, description: 'postgres or clickhouse; left out: both' })
  parseEngine(text: string): MigratedEngine {
    return parseEngine(text);
  }
}
