import type { PoolClient } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { ClaimJob, HeldJob, JobOutcome, JobQueue } from '../../domain/ports/job-queue.port.js';
import type { JobFailure, JsonObject } from '../../domain/shared/job.js';
import { JOB_COLUMNS, jobOf, type JobRow, jsonOf } from './job-row.js';
import type { PostgresPool } from './postgres-pool.js';

const ABANDONED: JobFailure = {
  code: 'job.abandoned',
  message: 'Every process that worked on this job ended before the job did; it is not tried again.',
};

/** Dead jobs that nobody may take any more; rows that another claim is just looking at are left to it. */
const BURY = `
  UPDATE penstock.job
  SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END,
      error = CASE WHEN cancel_requested THEN NULL ELSE $3::jsonb END,
      finished_at = now(), worker = NULL, lease_until = NULL
  WHERE id IN (
    SELECT job.id FROM penstock.job
    JOIN unnest($1::text[], $2::integer[]) AS wanted (kind, max_attempts) USING (kind)
    WHERE state = 'running' AND lease_until < now() AND (cancel_requested OR attempts >= max_attempts)
    FOR UPDATE OF job SKIP LOCKED
  )`;

const CLAIM = `
  UPDATE penstock.job
  SET state = 'running', worker = $2, lease_until = now() + $3 * interval '1 millisecond',
      attempts = attempts + 1, fence = fence + 1, started_at = coalesce(started_at, now())
  WHERE id = (
    SELECT id FROM penstock.job
    WHERE kind = ANY ($1::text[]) AND ($4::text IS NULL OR id = $4)
      AND (state = 'accepted' OR (state = 'running' AND lease_until < now()))
    ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED
  )
  RETURNING ${JOB_COLUMNS}`;

/** The same table as PostgresJobs, for those who do the work; `now()` of the server measures every lease. */
export class PostgresJobQueue implements JobQueue {
  constructor(private readonly pool: PostgresPool) {}

  claim(request: ClaimJob): Promise<HeldJob | undefined> {
    return this.pool.transaction((client) => claimIn(client, request));
  }

  async renew(
    held: HeldJob,
    { leaseMs, progress }: { readonly leaseMs: number; readonly progress: JsonObject },
  ): Promise<{ cancelRequested: boolean }> {
    const { rows } = await this.pool.query<{ cancel_requested: boolean }>(
      `UPDATE penstock.job SET lease_until = now() + $3 * interval '1 millisecond', progress = $4
       WHERE id = $1 AND fence = $2 AND state = 'running' RETURNING cancel_requested`,
      [held.id, held.fence, leaseMs, jsonOf(progress)],
    );
    const [row] = rows;
    if (row === undefined) throw lost(held);
    return { cancelRequested: row.cancel_requested };
  }

  async finish(held: HeldJob, { state, progress, result, error }: JobOutcome): Promise<void> {
    const { rowCount } = await this.pool.query(
      `UPDATE penstock.job
       SET state = $3, progress = $4, result = $5, error = $6,
           finished_at = coalesce(finished_at, now()), worker = NULL, lease_until = NULL
       WHERE id = $1 AND fence = $2 AND state IN ('running', $3)`,
      [held.id, held.fence, state, jsonOf(progress), jsonOf(result), jsonOf(error)],
    );
    if (rowCount !== 1) throw lost(held);
  }

  async release(held: HeldJob, progress: JsonObject): Promise<void> {
    const { rowCount } = await this.pool.query(
      `UPDATE penstock.job
       SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'accepted' END,
           finished_at = CASE WHEN cancel_requested THEN now() END,
           attempts = attempts - 1, progress = $3, worker = NULL, lease_until = NULL
       WHERE id = $1 AND fence = $2 AND state = 'running'`,
      [held.id, held.fence, jsonOf(progress)],
    );
    if (rowCount !== 1) throw lost(held);
  }

  async forget(kind: string, finishedMoreThanMsAgo: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM penstock.job WHERE kind = $1 AND finished_at < now() - $2 * interval '1 millisecond'`,
      [kind, finishedMoreThanMsAgo],
    );
    return rowCount ?? 0;
  }
}

async function claimIn(client: PoolClient, { kinds, worker, leaseMs, id }: ClaimJob): Promise<HeldJob | undefined> {
  const names = kinds.map(({ kind }) => kind);
  await client.query(BURY, [names, kinds.map(({ maxAttempts }) => maxAttempts), jsonOf(ABANDONED)]);
  const { rows } = await client.query<JobRow>(CLAIM, [names, worker, leaseMs, id ?? null]);
  const [row] = rows;
  return row && { ...jobOf(row), fence: row.fence };
}

function lost({ id }: HeldJob): PenstockError {
  return new PenstockError('lease.lost', `Job ${id} is in other hands by now.`);
}
