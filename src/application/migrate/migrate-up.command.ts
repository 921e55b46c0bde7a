import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { MigratedEngine } from '../../domain/shared/migrated-engine.js';
import { MigrationSets } from '../../domain/ports/migrations.port.js';

export interface AppliedMigration {
  readonly engine: MigratedEngine;
  readonly name: string;
}

/** Bring one engine's own objects, or those of all, up to date. Doing it again, or twice at once, is harmless. */
export class MigrateUpCommand extends Command<AppliedMigration[]> {
  constructor(readonly engine?: MigratedEngine) {
    super();
  }
}

@CommandHandler(MigrateUpCommand)
export class MigrateUpHandler implements ICommandHandler<MigrateUpCommand> {
  constructor(private readonly migrations: MigrationSets) {}

  async execute({ engine }: MigrateUpCommand): Promise<AppliedMigration[]> {
    const applied: AppliedMigration[] = [];
    for (const set of this.migrations.of(engine)) {
      for (const name of await set.up()) applied.push({ engine: set.engine, name });
    }
    return applied;
  }
}
