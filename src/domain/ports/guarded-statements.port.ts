import type { AuditEntry } from '../workflow-gateway/audit-entry.js';
import {
  GUARDED_ENGINES,
  type GuardedEngine,
  type GuardedStatement,
  type StatementEffect,
  type StatementRows,
} from '../workflow-gateway/guarded-statement.js';

export interface WritingStatement extends GuardedStatement {
  /** Roll back at the end. */
  readonly isDryRun: boolean;
  /** The record of what was done; stored in the transaction of the statement, so that there is both or neither. */
  readonly entryOf: (affectedRows: number) => AuditEntry;
}

/**
 * SQL of callers who are not trusted, on one engine: one statement, with no more rights than its mode needs, within its
 * limits. Every adapter passes test/contracts/guarded-statements.contract.ts against a real engine.
 *
 * @throws PenstockError `query.refused` (more than one statement, a kind the mode does not allow, a refused function or
 * table, beyond a limit), `query.forbidden` (the role may not), `query.too-costly`, `query.failed` (the engine's own
 * words), `query.timeout`, `query.cancelled`, `guard.missing` (the roles are not there), `database.unreachable` or
 * `warehouse.unreachable`
 */
export abstract class GuardedStatements {
  abstract readonly engine: GuardedEngine;

  /** The text without literals and comments, bounded; empty when it cannot be read as SQL. Runs nothing. */
  abstract masked(sql: string): Promise<string>;

  /** Runs a statement that reads. Nothing is changed, whatever the text says. Ends in the engine when aborted. */
  abstract read(statement: GuardedStatement): Promise<StatementRows>;

  /**
   * Runs a statement that changes rows, in one transaction with its record of audit: all of it or nothing. Of a dry run
   * nothing stays, and the record is left to the caller.
   *
   * @throws PenstockError also `audit.unwritten`: nothing was changed then
   */
  abstract write(statement: WritingStatement): Promise<StatementEffect>;
}

/** The adapters of all engines, as the application holds them. */
export class GuardedEngines {
  constructor(private readonly adapters: readonly GuardedStatements[]) {}

  of(engine: GuardedEngine): GuardedStatements {
    const adapter = this.adapters.find((each) => each.engine === engine);
    if (adapter === undefined) throw new Error(`Of ${GUARDED_ENGINES.join(' and ')}, ${engine} is not bound.`);
    return adapter;
  }
}
