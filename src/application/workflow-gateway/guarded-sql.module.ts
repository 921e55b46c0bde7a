import { type FactoryProvider, Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { QueryAudit } from '../../domain/ports/query-audit.port.js';
import { GuardedLimits } from '../../domain/workflow-gateway/guarded-limits.js';
import { AttemptLog } from './attempt-log.js';
import { DescribeTablesHandler } from './describe-tables.query.js';
import { ListAuditHandler } from './list-audit.query.js';
import { RunStatementHandler } from './run-statement.command.js';
import { SampleTablesHandler } from './sample-tables.query.js';
import { StatementTurns } from './statement-turns.js';

type Class<T, D extends readonly unknown[]> = new (...dependencies: D) => T;
type Tokens<D extends readonly unknown[]> = { [K in keyof D]: abstract new (...args: never[]) => D[K] };

/** A class without decorators, made from what stands behind it; the compiler checks that it fits. */
function provide<T, D extends readonly unknown[]>(made: Class<T, D>, ...from: Tokens<D>): FactoryProvider<T> {
  return { provide: made, inject: [...from], useFactory: (...dependencies: D) => new made(...dependencies) };
}

@Module({
  providers: [
    provide(AttemptLog, QueryAudit, Clock, Metrics, Log),
    provide(StatementTurns, Clock, Metrics, GuardedLimits),
    DescribeTablesHandler,
    ListAuditHandler,
    RunStatementHandler,
    SampleTablesHandler,
  ],
})
export class GuardedSqlModule {}
