import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { MigratedEngine } from '../../domain/shared/migrated-engine.js';
import { MigrationSets, type MigrationStatus } from '../../domain/ports/migrations.port.js';

/** Where the migrations of one engine, or of all, stand. */
export class MigrationStatusQuery extends Query<MigrationStatus[]> {
  constructor(readonly engine?: MigratedEngine) {
    super();
  }
}

@QueryHandler(MigrationStatusQuery)
export class MigrationStatusHandler implements IQueryHandler<MigrationStatusQuery> {
  constructor(private readonly migrations: MigrationSets) {}

  async execute({ engine }: MigrationStatusQuery): Promise<MigrationStatus[]> {
    const statuses = await Promise.all(this.migrations.of(engine).map((set) => set.status()));
    return statuses.flat();
  }
}
