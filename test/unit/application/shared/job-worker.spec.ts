import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobRunner, JobRunners } from '../../../../src/application/shared/job-runners.js';
import { JobWorker } from '../../../../src/application/shared/job-worker.js';
import { PenstockError } from '../../../../src/domain/errors.js';
import type { Log } from '../../../../src/domain/ports/log.port.js';
import type { Job } from '../../../../src/domain/shared/job.js';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import { UnobservedMetrics } from '../../../../src/infrastructure/metrics/unobserved-metrics.js';
import { PostgresJobQueue } from '../../../../src/infrastructure/postgres/postgres-job-queue.js';
import { PostgresJobs } from '../../../../src/infrastructure/postgres/postgres-jobs.js';
import { PostgresPool } from '../../../../src/infrastructure/postgres/postgres-pool.js';
import { freshName } from '../../../support/engine-of.js';
import { migratedPostgres } from '../../../support/migrated-postgres.js';
import { until } from '../../../support/until.js';

const LIMITS = { pollMs: 20, leaseMs: 30_000, sweepMs: 30 };
const SILENT: Log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };

let pool: PostgresPool;
let jobs: PostgresJobs;
let queue: PostgresJobQueue;
const workers: JobWorker[] = [];

beforeAll(async () => {
  const url = await migratedPostgres();
  pool = new PostgresPool(async () => ({ url }), { poolSize: 5, statementTimeoutMs: 20_000 });
  jobs = new PostgresJobs(pool);
  queue = new PostgresJobQueue(pool);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await pool.close();
});

type Work = JobRunner['run'];

function workerFor(kind: string, run: Work, change: Partial<JobRunner> & { leaseMs?: number } = {}): JobWorker {
  const { leaseMs = LIMITS.leaseMs, ...runner } = change;
  const runners = new JobRunners();
  runners.register({ kind, concurrency: 2, maxAttempts: 3, keepMs: 600_000, run, ...runner });
  const limits = { ...LIMITS, leaseMs };
  const ports = { queue, runners, clock: new SystemClock(), log: SILENT, metrics: new UnobservedMetrics(), limits };
  const made = new JobWorker('test', ports);
  workers.push(made);
  return made;
}

const ask = async (kind: string, request = {}): Promise<Job> =>
  (await jobs.create({ kind, request, caller: 'ann' })).job;
const whenIn = (job: Job, state: string): Promise<Job> =>
  until(
    () => jobs.find(job.kind, job.id),
    (found) => found?.state === state,
  ) as Promise<Job>;
/** Work that goes on until it is told to end. */
const endless: Work = async (_, { signal }) => {
  await sleep(600_000, undefined, { signal });
  return {};
};

describe('a job worker', () => {
  it('does what was asked for before and after it began, and keeps what was told of it', async () => {
    const kind = freshName('kind');
    const early = await ask(kind, { n: 1 });
    const at = workerFor(kind, async ({ request }, { report }) => {
      report({ percent: 50 });
      return { doubled: Number(request['n']) * 2 };
    });
    at.start();
    expect(await whenIn(early, 'succeeded')).toMatchObject({ result: { doubled: 2 }, progress: { percent: 50 } });
    expect(await whenIn(await ask(kind, { n: 4 }), 'succeeded')).toMatchObject({ result: { doubled: 8 } });
  });

  it('tells progress while the work goes on', async () => {
    const kind = freshName('kind');
    const at = workerFor(kind, async (job, context) => {
      context.report({ percent: 30 });
      return endless(job, context);
    });
    at.start();
    const job = await ask(kind);
    const found = await until(
      () => jobs.find(kind, job.id),
      (each) => each?.progress['percent'] === 30,
    );
    expect(found?.state).toBe('running');
  });

  it('does no more at once than the kind allows, and all of it in the end', async () => {
    const kind = freshName('kind');
    let [now, most] = [0, 0];
    const at = workerFor(kind, async () => {
      most = Math.max(most, (now += 1));
      await sleep(30);
      now -= 1;
      return {};
    });
    const asked = await Promise.all(Array.from({ length: 7 }, () => ask(kind)));
    at.start();
    for (const job of asked) await whenIn(job, 'succeeded');
    expect(most).toBe(2);
  });

  it('keeps an error of the catalogue, and hides the words of a defect', async () => {
    const kind = freshName('kind');
    const at = workerFor(kind, async ({ request }) => {
      if (request['defect']) throw new Error('SELECT secret');
      throw new PenstockError('database.unreachable', 'PostgreSQL did not answer.');
    });
    at.start();
    expect((await whenIn(await ask(kind), 'failed')).error).toEqual({
      code: 'database.unreachable',
      message: 'PostgreSQL did not answer.',
    });
    const { error } = await whenIn(await ask(kind, { defect: true }), 'failed');
    expect(error).toMatchObject({ code: 'internal.defect', message: expect.not.stringContaining('secret') });
  });

  it('ends the work of a cancelled job', async () => {
    const kind = freshName('kind');
    workerFor(kind, endless).start();
    const job = await ask(kind);
    await whenIn(job, 'running');
    await jobs.cancel(kind, job.id);
    await whenIn(job, 'cancelled');
  });

  it('hands its jobs back when it stops, and another one goes on', async () => {
    const kind = freshName('kind');
    const first = workerFor(kind, async (job, context) => {
      context.report({ part: 2 });
      return endless(job, context);
    });
    first.start();
    const job = await ask(kind);
    await whenIn(job, 'running');
    await first.stop();
    expect(await jobs.find(kind, job.id)).toMatchObject({ state: 'accepted', attempts: 0, progress: { part: 2 } });
    workerFor(kind, async ({ progress }) => ({ resumedAt: progress['part'] })).start();
    expect(await whenIn(job, 'succeeded')).toMatchObject({ result: { resumedAt: 2 } });
  });

  it('takes over from a process that is not heard of, which then keeps its hands off', async () => {
    const kind = freshName('kind');
    const job = await ask(kind);
    const dead = (await queue.claim({ kinds: [{ kind, maxAttempts: 3 }], worker: 'dead', leaseMs: 50 }))!;
    workerFor(kind, async () => ({ by: 'the next' })).start();
    expect(await whenIn(job, 'succeeded')).toMatchObject({ attempts: 2, result: { by: 'the next' } });
    await expect(queue.finish(dead, { state: 'failed', progress: {} })).rejects.toMatchObject({ code: 'lease.lost' });
  });

  it('ends its own work when the job is in other hands', async () => {
    const kind = freshName('kind');
    let ended = false;
    const at = workerFor(kind, async (_, { signal }) => {
      await sleep(600_000, undefined, { signal }).finally(() => (ended = true));
      return {};
    });
    at.start();
    const job = await ask(kind);
    await whenIn(job, 'running');
    await pool.query('UPDATE penstock.job SET fence = fence + 1 WHERE id = $1', [job.id]);
    await until(
      async () => ended,
      (isEnded) => isEnded,
    );
    expect(await jobs.find(kind, job.id)).toMatchObject({ state: 'running' });
  });

  it('does one job for who waits for it, unless it is being done or over', async () => {
    const kind = freshName('kind');
    const at = workerFor(kind, async () => ({ done: true }));
    const [job, other] = [await ask(kind), await ask(kind)];
    const { signal } = new AbortController();
    expect(await at.doOne(kind, job.id, signal)).toBe(true);
    expect(await jobs.find(kind, job.id)).toMatchObject({ state: 'succeeded', result: { done: true } });
    expect(await at.doOne(kind, job.id, signal)).toBe(false);
    expect(await jobs.find(kind, other.id)).toMatchObject({ state: 'accepted' });
  });

  it('hands the one job back when who waits has had enough', async () => {
    const kind = freshName('kind');
    const at = workerFor(kind, endless);
    const job = await ask(kind);
    const enough = new AbortController();
    const doing = at.doOne(kind, job.id, enough.signal);
    await whenIn(job, 'running');
    enough.abort();
    expect(await doing).toBe(true);
    expect(await jobs.find(kind, job.id)).toMatchObject({ state: 'accepted', attempts: 0 });
  });

  it('forgets what finished long ago, and lets the kind tidy up after it', async () => {
    const kind = freshName('kind');
    const known: (string | undefined)[] = [];
    const job = await ask(kind);
    const tidy = async (): Promise<void> => void known.push((await jobs.find(kind, job.id))?.state);
    workerFor(kind, async () => ({}), { keepMs: 0, tidy }).start();
    await until(
      async () => known.at(-1),
      (state) => known.length > 0 && state === undefined,
    );
    expect(await jobs.find(kind, job.id)).toBeUndefined();
  });
});
