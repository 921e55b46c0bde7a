import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { GuardedEngines } from '../../domain/ports/guarded-statements.port.js';
import { type Caller, mayUse } from '../../domain/shared/scope.js';
import { type AuditSubject, auditSubject, succeeded } from '../../domain/workflow-gateway/audit-entry.js';
import { DEFAULT_MAX_ROWS, GuardedLimits } from '../../domain/workflow-gateway/guarded-limits.js';
import type {
  GuardedEngine,
  GuardedStatement,
  StatementEffect,
  StatementMode,
  StatementParameters,
  StatementRows,
} from '../../domain/workflow-gateway/guarded-statement.js';
import { decodePage, encodePage } from '../../domain/workflow-gateway/page-cursor.js';
import { AttemptLog } from './attempt-log.js';
import { StatementTurns } from './statement-turns.js';

export interface StatementRequest {
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly query: string;
  readonly engine?: GuardedEngine;
  readonly mode?: StatementMode;
  readonly params?: StatementParameters;
  readonly timeoutMs?: number;
  readonly maxRows?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
  /** Of a writing statement: do it all, and undo it. */
  readonly dryRun?: boolean;
}

export interface StatementAnswer extends StatementRows {
  /** Of a writing statement. */
  readonly effect?: Pick<StatementEffect, 'affectedRows' | 'isDryRun'>;
  /** Where the next page begins, where there is one. */
  readonly next?: string;
}

/** Run one statement of a caller within the guard. Nothing is answered without a record of it. */
export class RunStatementCommand extends Command<StatementAnswer> {
  constructor(readonly request: StatementRequest) {
    super();
  }
}

@CommandHandler(RunStatementCommand)
export class RunStatementHandler implements ICommandHandler<RunStatementCommand> {
  constructor(
    private readonly engines: GuardedEngines,
    private readonly attempts: AttemptLog,
    private readonly turns: StatementTurns,
    private readonly limits: GuardedLimits,
  ) {}

  async execute({ request }: RunStatementCommand): Promise<StatementAnswer> {
    const { caller, requestId, query: sql, engine = 'postgres', mode = 'read', params = [], dryRun = false } = request;
    const masked = await this.engines.of(engine).masked(sql);
    const attempt = { requestId, caller: caller.name, engine, mode, isDryRun: dryRun, sql, parameters: params };
    const subject = auditSubject(attempt, masked);
    return this.attempts.recorded(subject, async (elapsedMs) => {
      checkRequest(request, mode);
      const offset = decodePage(request.cursor, sql, params);
      const statement = { ...this.boundsOf(request), sql, parameters: params, offset };
      const turn = { caller: caller.name, engine, signal: request.signal };
      return this.turns.during(turn, () =>
        mode === 'read' ? this.read(engine, statement) : this.write(subject, statement, elapsedMs),
      );
    });
  }

  private async read(engine: GuardedEngine, statement: GuardedStatement) {
    const answer: StatementRows = await this.engines.of(engine).read(statement);
    const { rows, isTruncated, isPageable } = answer;
    const end = statement.offset + rows.length;
    const hasNext = isTruncated && isPageable && rows.length > 0;
    const next = hasNext ? { next: encodePage(statement.sql, statement.parameters, end) } : {};
    return { answer: { ...answer, ...next }, rows: rows.length, isRecorded: false };
  }

  private async write(subject: AuditSubject, statement: GuardedStatement, elapsedMs: () => number) {
    const { engine, isDryRun } = subject;
    const entryOf = (rows: number) => succeeded(subject, rows, elapsedMs());
    const { affectedRows, ...rest } = await this.engines.of(engine).write({ ...statement, isDryRun, entryOf });
    const answer: StatementAnswer = { ...rest, effect: { affectedRows, isDryRun } };
    return { answer, rows: affectedRows, isRecorded: !isDryRun };
  }

  private boundsOf({ timeoutMs, maxRows = DEFAULT_MAX_ROWS, signal }: StatementRequest) {
    const { limits } = this;
    return {
      timeoutMs: Math.min(timeoutMs ?? limits.timeoutMs, limits.timeoutMs),
      maxRows: Math.min(maxRows, limits.maxRows),
      maxBytes: limits.maxBytes,
      signal,
    };
  }
}

function checkRequest({ caller, cursor, dryRun }: StatementRequest, mode: StatementMode): void {
  if (!mayUse(caller, mode)) {
    throw new PenstockError('scope.missing', `The key "${caller.name}" does not have the scope "${mode}".`);
  }
  if (mode === 'read' && dryRun === true)
    throw new PenstockError('query.refused', 'Reading changes nothing to be undone.');
  if (mode === 'write' && cursor !== undefined) {
    throw new PenstockError('query.refused', 'A writing statement has no further pages.');
  }
}
