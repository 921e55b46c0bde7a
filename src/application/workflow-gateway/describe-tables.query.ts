import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { type TableDescriptions, WarehouseCatalog } from '../../domain/ports/warehouse-catalog.port.js';
import type { Caller } from '../../domain/shared/scope.js';
import { askedTables } from './asked-tables.js';
import { StatementTurns } from './statement-turns.js';

/** Columns, keys and partitions of tables. Unknown ones are listed; nothing but unknown ones is an error. */
export class DescribeTablesQuery extends Query<TableDescriptions> {
  constructor(
    readonly tableNames: readonly string[],
    readonly caller: Caller,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(DescribeTablesQuery)
export class DescribeTablesHandler implements IQueryHandler<DescribeTablesQuery> {
  constructor(
    private readonly catalog: WarehouseCatalog,
    private readonly turns: StatementTurns,
  ) {}

  async execute({ tableNames, caller, signal }: DescribeTablesQuery): Promise<TableDescriptions> {
    const { tables, impossible } = askedTables(tableNames);
    const turn = { caller: caller.name, engine: 'postgres', signal } as const;
    const found = await this.turns.during(turn, () => this.catalog.describe(tables));
    const unknown = [...found.unknown, ...impossible];
    if (found.tables.length === 0) throw noneKnown(unknown);
    return { ...found, unknown };
  }
}

export function noneKnown(unknown: readonly string[]): PenstockError {
  const names = unknown.map((name) => `"${name}"`).join(', ');
  const message = `There is none of these tables, or the role penstock_reader may not read them: ${names}.`;
  return new PenstockError('table.unknown', message);
}
