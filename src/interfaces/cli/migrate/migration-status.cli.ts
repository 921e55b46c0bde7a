import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { MigrationStatusQuery } from '../../../application/migrate/migration-status.query.js';
import type { MigratedEngine } from '../../../domain/shared/migrated-engine.js';
import { answer } from '../answer.js';
import { ENGINE_FLAGS, parseEngine } from './migrate-options.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly engine?: MigratedEngine;
  readonly json?: boolean;
}

@SubCommand({ name: 'status', description: 'Show every migration: applied, pending, incomplete, changed or unknown' })
@SharedOptions(JSON_OPTION)
export class MigrationStatusCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run(_: string[], { engine, json }: Options): Promise<void> {
    const statuses = await this.queries.execute(new MigrationStatusQuery(engine));
    const lines = statuses.map(({ engine: where, state, name, appliedAt, statement }) => {
      const rest = statement === undefined ? (appliedAt?.toISOString() ?? '') : `at: ${firstLine(statement)}`;
      return `${where.padEnd(10)}  ${state.padEnd(10)}  ${name}  ${rest}`.trimEnd();
    });
    answer(statuses, lines, json);
  }

  @Option({ flags: ENGINE_FLAGS, description: 'postgres or clickhouse; left out: both' })
  parseEngine(text: string): MigratedEngine {
    return parseEngine(text);
  }
}

function firstLine(statement: string): string {
  return statement.split('\n', 1)[0] ?? '';
}
