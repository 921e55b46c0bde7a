import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { QueryAudit } from '../../domain/ports/query-audit.port.js';
import {
  type AuditEntry,
  type AuditSubject,
  succeeded,
  unsuccessful,
} from '../../domain/workflow-gateway/audit-entry.js';

/** What came of an attempt, and whether its record is stored already. */
export interface Attempted<T> {
  readonly answer: T;
  readonly rows: number;
  readonly isRecorded: boolean;
}

/** Sees to it that every attempt leaves a record, a count and a line, however it ends. */
export class AttemptLog {
  constructor(
    private readonly audit: QueryAudit,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** The answer of the work, once its record is stored. @throws PenstockError `audit.unwritten` instead of any answer */
  async recorded<T>(subject: AuditSubject, work: (elapsedMs: () => number) => Promise<Attempted<T>>): Promise<T> {
    const startedAtMs = this.clock.nowMs();
    const elapsedMs = (): number => this.clock.nowMs() - startedAtMs;
    let attempted: Attempted<T>;
    try {
      attempted = await work(elapsedMs);
    } catch (error) {
      await this.end(unsuccessful(subject, error, elapsedMs()), false);
      throw error;
    }
    await this.end(succeeded(subject, attempted.rows, elapsedMs()), attempted.isRecorded);
    return attempted.answer;
  }

  private async end(entry: AuditEntry, isRecorded: boolean): Promise<void> {
    const { engine, mode, outcome, durationMs, caller, sha256, code, rows } = entry;
    this.metrics.count('penstock_guarded_statements_total', { engine, mode, outcome });
    this.metrics.observe('penstock_guarded_statement_seconds', { engine, mode }, durationMs / 1000);
    const fields = { caller, engine, mode, outcome, sha256, rows, durationMs, ...(code !== undefined && { code }) };
    if (outcome === 'ok') this.log.debug('A statement was run.', fields);
    else this.log.info('A statement was not run to its end.', fields);
    if (!isRecorded) await this.audit.record(entry);
  }
}
