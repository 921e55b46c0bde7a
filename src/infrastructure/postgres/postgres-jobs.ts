import { randomUUID } from 'node:crypto';
import { PenstockError } from '../../domain/errors.js';
import type { JobPage, Jobs, ListJobs, NewJob } from '../../domain/ports/jobs.port.js';
import type { Job } from '../../domain/shared/job.js';
import { JOB_COLUMNS, jobOf, type JobRow, jsonOf } from './job-row.js';
import type { PostgresPool } from './postgres-pool.js';

/** Jobs in PostgreSQL, in the table `penstock.job`. */
export class PostgresJobs implements Jobs {
  constructor(private readonly pool: PostgresPool) {}

  async create(asked: NewJob): Promise<{ job: Job; isNew: boolean }> {
    const { id = randomUUID(), kind, request, caller, idempotencyKey } = asked;
    const { rows } = await this.pool.query<JobRow>(
      `INSERT INTO penstock.job (id, kind, caller, idempotency_key, request) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kind, caller, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
       RETURNING ${JOB_COLUMNS}`,
      [id, kind, caller, idempotencyKey ?? null, jsonOf(request)],
    );
    const [created] = rows;
    if (created !== undefined) return { job: jobOf(created), isNew: true };
    const first = await this.byKey(asked);
    // Removed between the two statements: then it is as if the key had never been used.
    return first === undefined ? this.create(asked) : { job: first, isNew: false };
  }

  async find(kind: string, id: string): Promise<Job | undefined> {
    const { rows } = await this.pool.query<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM penstock.job WHERE kind = $1 AND id = $2`,
      [kind, id],
    );
    return rows[0] && jobOf(rows[0]);
  }

  async list({ kind, state, after, limit }: ListJobs): Promise<JobPage> {
    const { rows } = await this.pool.query<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM penstock.job
       WHERE kind = $1 AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR sequence < $3)
       ORDER BY sequence DESC LIMIT $4`,
      [kind, state ?? null, after ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { jobs: page.map(jobOf), ...(last && { next: last.sequence }) };
  }

  async cancel(kind: string, id: string): Promise<Job | undefined> {
    const { rows } = await this.pool.query<JobRow>(
      `UPDATE penstock.job
       SET cancel_requested = true,
           state = CASE state WHEN 'accepted' THEN 'cancelled' ELSE state END,
           finished_at = CASE state WHEN 'accepted' THEN now() END
       WHERE kind = $1 AND id = $2 AND state IN ('accepted', 'running')
       RETURNING ${JOB_COLUMNS}`,
      [kind, id],
    );
    return rows[0] ? jobOf(rows[0]) : this.find(kind, id);
  }

  async remove(kind: string, id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM penstock.job WHERE kind = $1 AND id = $2 AND finished_at IS NOT NULL`,
      [kind, id],
    );
    return rowCount === 1;
  }

  private async byKey({ kind, caller, idempotencyKey, request }: NewJob): Promise<Job | undefined> {
    const { rows } = await this.pool.query<JobRow & { readonly is_same: boolean }>(
      `SELECT ${JOB_COLUMNS}, request = $4::jsonb AS is_same FROM penstock.job
       WHERE kind = $1 AND caller = $2 AND idempotency_key = $3`,
      [kind, caller, idempotencyKey, jsonOf(request)],
    );
    const [row] = rows;
    if (row === undefined || row.is_same) return row && jobOf(row);
    throw new PenstockError('idempotency-key.reused', 'This Idempotency-Key was used for another request before.');
  }
}
