import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type TableSamples, WarehouseCatalog } from '../../domain/ports/warehouse-catalog.port.js';
import type { Caller } from '../../domain/shared/scope.js';
import { GuardedLimits } from '../../domain/workflow-gateway/guarded-limits.js';
import { askedTables } from './asked-tables.js';
import { noneKnown } from './describe-tables.query.js';
import { StatementTurns } from './statement-turns.js';

export const DEFAULT_SAMPLE_ROWS = 10;

/** Some rows of each table, chosen at random without sorting any of them; the same ones for the same seed. */
export class SampleTablesQuery extends Query<TableSamples> {
  constructor(
    readonly tableNames: readonly string[],
    readonly sample: { readonly limit?: number; readonly seed?: number },
    readonly caller: Caller,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(SampleTablesQuery)
export class SampleTablesHandler implements IQueryHandler<SampleTablesQuery> {
  constructor(
    private readonly catalog: WarehouseCatalog,
    private readonly turns: StatementTurns,
    private readonly limits: GuardedLimits,
  ) {}

  async execute({ tableNames, sample, caller, signal }: SampleTablesQuery): Promise<TableSamples> {
    const { tables, impossible } = askedTables(tableNames);
    const { limit = DEFAULT_SAMPLE_ROWS, seed } = sample;
    const { maxBytes, timeoutMs } = this.limits;
    const request = { tables, limit, maxBytes, timeoutMs, signal, ...(seed !== undefined && { seed }) };
    const turn = { caller: caller.name, engine: 'postgres', signal } as const;
    const found = await this.turns.during(turn, () => this.catalog.sample(request));
    const unknown = [...found.unknown, ...impossible];
    if (found.tables.length === 0) throw noneKnown(unknown);
    return { ...found, unknown };
  }
}
