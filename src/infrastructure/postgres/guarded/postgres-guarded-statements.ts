import { PenstockError } from '../../../domain/errors.js';
import type { GuardedStatements, WritingStatement } from '../../../domain/ports/guarded-statements.port.js';
import type {
  GuardedStatement,
  StatementEffect,
  StatementMode,
  StatementRows,
} from '../../../domain/workflow-gateway/guarded-statement.js';
import { insertAudit } from './audit-rows.js';
import type { ColumnTypes } from './column-types.js';
import { checkCost, explain } from './cost-gate.js';
import type { ExchangeBounds, GuardedPool, GuardedSession } from './guarded-pool.js';
import { COMMIT, LEAVE_ROLE, openTransaction, ROLLBACK, RUN_DEFERRED } from './guarded-transaction.js';
import { parameterTexts } from './parameter-texts.js';
import { unwritten } from './postgres-query-audit.js';
import type { RoutineCheck } from './routine-check.js';
import { type FailedRun, statementFailure } from './statement-failure.js';
import type { ParsedStatement, StatementParser } from './statement-parser.js';
import { checkStatement, isQuery, refused } from './statement-rules.js';
import { type ExchangeAnswer, type StepAnswer, StepFailure, type WireStep } from './wire-exchange.js';

export interface PostgresGuardOptions {
  readonly lockTimeoutMs: number;
  readonly maxTempBytes: number;
  /** Planner's cost above which a statement is refused; undefined: none is too costly. */
  readonly maxCost?: number;
}

/** What the adapter is made of. */
export interface PostgresGuardParts {
  readonly pool: GuardedPool;
  readonly parser: StatementParser;
  readonly routines: RoutineCheck;
  readonly types: ColumnTypes;
}

/** A statement that may run, ready to be sent. */
interface Ready {
  readonly parsed: ParsedStatement;
  readonly values: readonly (string | null)[];
  readonly bounds: ExchangeBounds;
}

const PAGE_CURSOR = 'penstock_page';

/** Callers' statements on PostgreSQL; docs/guarded-sql.md says what holds them in, and how far each part is trusted. */
export class PostgresGuardedStatements implements GuardedStatements {
  readonly engine = 'postgres';

  constructor(
    private readonly parts: PostgresGuardParts,
    private readonly options: PostgresGuardOptions,
  ) {}

  masked(sql: string): Promise<string> {
    return this.parts.parser.masked(sql);
  }

  async read(statement: GuardedStatement): Promise<StatementRows> {
    const ready = await this.prepare(statement, 'read');
    return this.within(statement, async (session, run) => {
      const steps = pageSteps(ready, statement);
      const answer = await this.runOpened(session, ready, { steps: [...steps, COMMIT], mode: 'read', run });
      const rows = await this.rowsOf(session, answer.steps.at(steps.length - 1), ready.bounds);
      return {
        ...limited(rows, statement.maxRows, answer.isOverflown),
        isPageable: isQuery(ready.parsed),
      };
    });
  }

  async write(statement: WritingStatement): Promise<StatementEffect> {
    const ready = await this.prepare(statement, 'write');
    return this.within(statement, async (session, run) => {
      const steps = [{ text: ready.parsed.sql, values: ready.values }];
      const { steps: answers, isOverflown } = await this.runOpened(session, ready, { steps, mode: 'write', run });
      if (isOverflown) throw refused(`what it returns has more than ${statement.maxBytes} bytes`);
      const answer = answers.at(-1);
      const affectedRows = Number(/\d+$/u.exec(answer?.tag ?? '')?.[0] ?? 0);
      statement.signal.throwIfAborted();
      await this.finish(session, statement, affectedRows);
      const rows = await this.rowsOf(session, answer, ready.bounds);
      const { isDryRun } = statement;
      return { ...limited(rows, statement.maxRows, false), isPageable: false, affectedRows, isDryRun };
    });
  }

  private async prepare(statement: GuardedStatement, mode: StatementMode): Promise<Ready> {
    const parsed = await this.parts.parser.parse(statement.sql);
    checkStatement(parsed, mode);
    const { timeoutMs, maxBytes, signal } = statement;
    return { parsed, values: parameterTexts(statement.parameters), bounds: { timeoutMs, maxBytes, signal } };
  }

  private async within<T>(
    { timeoutMs, signal }: GuardedStatement,
    work: (session: GuardedSession, run: FailedRun) => Promise<T>,
  ): Promise<T> {
    const run = { firstStep: 0, startedAtMs: performance.now(), timeoutMs, signal };
    try {
      return await this.parts.pool.session((session) => work(session, run));
    } catch (cause) {
      throw statementFailure(cause, run);
    }
  }

  /** In one round trip where everything about the statement is known, in two where something has to be asked first. */
  private async runOpened(
    session: GuardedSession,
    { parsed, values, bounds }: Ready,
    { steps, mode, run }: { steps: readonly WireStep[]; mode: StatementMode; run: FailedRun },
  ): Promise<ExchangeAnswer> {
    const { routines } = this.parts;
    const { lockTimeoutMs, maxTempBytes, maxCost } = this.options;
    const limits = { statementTimeoutMs: bounds.timeoutMs, lockTimeoutMs, tempBytes: maxTempBytes };
    const opening = openTransaction(mode, limits);
    const question = routines.question(parsed.facts, mode === 'write');
    const estimate = maxCost === undefined ? undefined : explain(parsed, values);
    const opened = { ...run, firstStep: opening.length };
    if (question === undefined && estimate === undefined) {
      const answer = await this.exchange(session, [...opening, ...steps], bounds, opened);
      return { ...answer, steps: answer.steps.slice(opening.length) };
    }
    const first = [...opening, ...(question ? [question] : [])];
    const asked = await this.exchange(session, first, bounds, opened);
    const verdict = asked.steps.at(-1);
    if (question && verdict) routines.judge(parsed.facts, mode === 'write', verdict);
    if (estimate !== undefined) {
      const { steps: plans } = await this.exchange(session, [estimate], bounds, run);
      checkCost(plans.at(0), maxCost ?? Number.POSITIVE_INFINITY);
    }
    return this.exchange(session, steps, bounds, { ...run, startedAtMs: performance.now() });
  }

  private async exchange(
    session: GuardedSession,
    steps: readonly WireStep[],
    bounds: ExchangeBounds,
    run: FailedRun,
  ): Promise<ExchangeAnswer> {
    try {
      return await session.exchange(steps, bounds);
    } catch (cause) {
      throw statementFailure(cause, run);
    }
  }

  /** From here on nobody interrupts: the statement is done, and stays together with its record. */
  private async finish(session: GuardedSession, statement: WritingStatement, affectedRows: number): Promise<void> {
    const { timeoutMs, maxBytes, isDryRun, entryOf } = statement;
    const bounds = { timeoutMs, maxBytes };
    const record = [LEAVE_ROLE, insertAudit([entryOf(affectedRows)]), COMMIT];
    try {
      await session.exchange([RUN_DEFERRED, ...(isDryRun ? [ROLLBACK] : record)], bounds);
    } catch (cause) {
      if (cause instanceof StepFailure && (cause.step === 1 || cause.step === 2)) throw unwritten(cause.cause);
      throw cause;
    }
  }

  private async rowsOf(
    session: GuardedSession,
    answer: StepAnswer | undefined,
    bounds: ExchangeBounds,
  ): Promise<Pick<StatementRows, 'columns' | 'rows'>> {
    if (answer === undefined) throw new PenstockError('database.unreachable', 'PostgreSQL ended its answer early.');
    const { types } = this.parts;
    const question = types.question(answer.fields);
    if (question !== undefined) {
      if (!(await session.isClean())) return this.rowsElsewhere(answer, question, bounds);
      const { steps } = await session.exchange([question], bounds);
      if (steps[0] !== undefined) types.learn(steps[0]);
    }
    return types.encode(answer);
  }

  /** A statement that was cut off leaves a connection that nothing else may run on. */
  private rowsElsewhere(
    answer: StepAnswer,
    question: WireStep,
    bounds: ExchangeBounds,
  ): Promise<Pick<StatementRows, 'columns' | 'rows'>> {
    return this.parts.pool.session(async (session) => {
      const { steps } = await session.exchange([question], bounds);
      if (steps[0] !== undefined) this.parts.types.learn(steps[0]);
      return this.parts.types.encode(answer);
    });
  }
}

/** One row more than asked for tells that there are more. A later page is passed over to by the server. */
function pageSteps({ parsed, values }: Ready, { maxRows, offset }: GuardedStatement): WireStep[] {
  if (offset === 0) return [{ text: parsed.sql, values, maxRows: maxRows + 1 }];
  if (!isQuery(parsed)) throw refused('it has one page only');
  return [
    { text: `DECLARE ${PAGE_CURSOR} NO SCROLL CURSOR FOR ${parsed.sql}`, values },
    { text: `MOVE FORWARD ${offset} IN ${PAGE_CURSOR}` },
    { text: `FETCH FORWARD ${maxRows + 1} FROM ${PAGE_CURSOR}` },
  ];
}

function limited(
  { columns, rows }: Pick<StatementRows, 'columns' | 'rows'>,
  maxRows: number,
  isOverflown: boolean,
): Pick<StatementRows, 'columns' | 'rows' | 'isTruncated'> {
  return { columns, rows: rows.slice(0, maxRows), isTruncated: isOverflown || rows.length > maxRows };
}
