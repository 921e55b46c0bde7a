import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import type { MigratedEngine } from '../../domain/shared/migrated-engine.js';
import { MigrationSets } from '../../domain/ports/migrations.port.js';

export interface UndoneMigration {
  readonly engine: MigratedEngine;
  /** Undefined: there was nothing to undo. */
  readonly name: string | undefined;
}

/** Undo the last migration of one engine: one step, of an engine that is named. It may drop data. */
export class MigrateDownCommand extends Command<UndoneMigration> {
  constructor(readonly engine: MigratedEngine) {
    super();
  }
}

@CommandHandler(MigrateDownCommand)
export class MigrateDownHandler implements ICommandHandler<MigrateDownCommand> {
  constructor(private readonly migrations: MigrationSets) {}

  async execute({ engine }: MigrateDownCommand): Promise<UndoneMigration> {
    const [set] = this.migrations.of(engine);
    if (set === undefined) throw new PenstockError('internal.defect', `No migrations are bound for ${engine}.`);
    return { engine, name: await set.down() };
  }
}
