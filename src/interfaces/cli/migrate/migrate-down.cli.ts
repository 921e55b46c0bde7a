import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { MigrateDownCommand } from '../../../application/migrate/migrate-down.command.js';
import { PenstockError } from '../../../domain/errors.js';
import type { MigratedEngine } from '../../../domain/shared/migrated-engine.js';
import { answer } from '../answer.js';
import { confirm } from '../ask.js';
import { ENGINE_FLAGS, parseEngine } from './migrate-options.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly engine?: MigratedEngine;
  readonly yes?: boolean;
  readonly json?: boolean;
}

@SubCommand({ name: 'down', description: 'Undo the last migration of one engine; it may drop data' })
@SharedOptions(JSON_OPTION)
export class MigrateDownCli extends CommandRunner {
  constructor(private readonly commands: CommandBus) {
    super();
  }

  override async run(_: string[], { engine, yes, json }: Options): Promise<void> {
    if (engine === undefined)
      throw new PenstockError('request.invalid', 'Name the engine: --engine postgres|clickhouse.');
    if (yes !== true) await confirm(`Undo the last migration of ${engine}? It may drop data.`);
    const undone = await this.commands.execute(new MigrateDownCommand(engine));
    const line = undone.name === undefined ? 'There is nothing to undo.' : `${engine}: undid ${undone.name}`;
    answer({ engine, name: undone.name ?? null }, [line], json);
  }

  @Option({ flags: ENGINE_FLAGS, description: 'postgres or clickhouse' })
  parseEngine(text: string): MigratedEngine {
    return parseEngine(text);
  }

  @Option({ flags: '-y, --yes', description: 'Do not ask' })
  parseYes(): boolean {
    return true;
  }
}
