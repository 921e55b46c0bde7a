import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeldJob, JobQueue } from '../../src/domain/ports/job-queue.port.js';
import type { Jobs, NewJob } from '../../src/domain/ports/jobs.port.js';
import type { Job } from '../../src/domain/shared/job.js';
import { freshName } from '../support/engine-of.js';
import { until } from '../support/until.js';

export interface JobPorts {
  readonly jobs: Jobs;
  readonly queue: JobQueue;
}

export interface JobsHarness {
  readonly one: JobPorts;
  /** As another process on the same store would hold them. */
  readonly other: JobPorts;
  /** For a store that does not answer. */
  readonly unreachable: JobPorts;
  close(): Promise<void>;
}

const LONG_MS = 600_000;
/** Shorter than the way to the store: over by the time of the next call. */
const OVER_MS = 1;

/** What every adapter of Jobs and JobQueue promises. */
export function jobsContract(engine: string, open: () => Promise<JobsHarness>): void {
  describe(`Jobs on ${engine}`, () => {
    let at: JobsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const created = async (kind: string, change: Partial<NewJob> = {}): Promise<Job> =>
      (await at.one.jobs.create({ kind, request: { n: 1 }, caller: 'ann', ...change })).job;
    const claim = (kind: string, change: { leaseMs?: number; maxAttempts?: number; id?: string } = {}, by = at.one) => {
      const { leaseMs = LONG_MS, maxAttempts = 3, id } = change;
      return by.queue.claim({ kinds: [{ kind, maxAttempts }], worker: 'w', leaseMs, ...(id !== undefined && { id }) });
    };
    /** Claims what another holder has just let die. */
    const takeOver = (kind: string): Promise<HeldJob> =>
      until(
        () => claim(kind, { maxAttempts: 100 }, at.other),
        (held) => held !== undefined,
      ) as Promise<HeldJob>;
    const find = (kind: string, { id }: Job): Promise<Job | undefined> => at.other.jobs.find(kind, id);

    describe('asking', () => {
      it('keeps what was asked for, for every process to find, under its own kind', async () => {
        const kind = freshName('kind');
        const request = { text: 'größe"\'', list: [1, null, { deep: true }], since: '2025-01-01' };
        const job = await created(kind, { request });
        expect(job).toMatchObject({ kind, state: 'accepted', request, progress: {}, caller: 'ann', attempts: 0 });
        expect(await find(kind, job)).toEqual(job);
        expect(await find(freshName('kind'), job)).toBeUndefined();
        expect(await at.one.jobs.find(kind, "no'body")).toBeUndefined();
        const named = await created(kind, { id: freshName('20250113_123456') });
        expect(await find(kind, named)).toEqual(named);
      });

      it('keeps text with a zero character, without it', async () => {
        const kind = freshName('kind');
        expect((await created(kind, { request: { text: 'a\0b' } })).request).toEqual({ text: 'a\uFFFDb' });
      });

      it('answers the first job again to the same idempotency key, of racing callers to all but one', async () => {
        const kind = freshName('kind');
        const ask = { kind, request: { a: 1, b: [2] }, caller: 'ann', idempotencyKey: 'key' };
        const answers = await Promise.all(
          [at.one, at.other, at.one, at.other].map(({ jobs }) => jobs.create(structuredClone(ask))),
        );
        expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
        expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
        const again = await at.other.jobs.create({ ...ask, request: { b: [2], a: 1 } });
        expect(again).toMatchObject({ isNew: false, job: { id: answers[0]!.job.id } });
      });

      it('refuses the same key for another request, and keeps callers and kinds apart', async () => {
        const kind = freshName('kind');
        const first = await created(kind, { idempotencyKey: 'key' });
        await expect(created(kind, { idempotencyKey: 'key', request: { n: 2 } })).rejects.toMatchObject({
          code: 'idempotency-key.reused',
        });
        const others = [
          await created(kind, { idempotencyKey: 'key', caller: 'bob', request: { n: 2 } }),
          await created(freshName('kind'), { idempotencyKey: 'key', request: { n: 2 } }),
        ];
        expect(others.map(({ id }) => id)).not.toContain(first.id);
      });

      it('lists newest first, page by page, and by state', async () => {
        const kind = freshName('kind');
        const jobs: Job[] = [];
        for (let n = 0; n < 5; n += 1) jobs.push(await created(kind, { request: { n } }));
        await at.one.jobs.cancel(kind, jobs[2]!.id);
        const ids: string[] = [];
        let after: string | undefined;
        do {
          const page = await at.other.jobs.list({ kind, limit: 2, ...(after !== undefined && { after }) });
          ids.push(...page.jobs.map(({ id }) => id));
          after = page.next;
          await created(kind, { request: { late: true } });
        } while (after !== undefined);
        expect(ids).toEqual(jobs.map(({ id }) => id).reverse());
        const cancelled = await at.one.jobs.list({ kind, state: 'cancelled', limit: 10 });
        expect(cancelled).toEqual({ jobs: [expect.objectContaining({ id: jobs[2]!.id })] });
      });

      it('removes a finished job alone', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        expect(await at.other.jobs.remove(kind, job.id)).toBe(false);
        await at.one.jobs.cancel(kind, job.id);
        expect(await at.other.jobs.remove(freshName('kind'), job.id)).toBe(false);
        expect(await at.other.jobs.remove(kind, job.id)).toBe(true);
        expect(await find(kind, job)).toBeUndefined();
        expect(await at.other.jobs.remove(kind, job.id)).toBe(false);
      });
    });

    describe('taking', () => {
      it('gives every job to one of many who ask at once, the oldest first', async () => {
        const kind = freshName('kind');
        const jobs = [await created(kind), await created(kind), await created(kind)];
        expect((await claim(kind))?.id).toBe(jobs[0]!.id);
        const claims = await Promise.all(
          Array.from({ length: 8 }, (_, n) => claim(kind, {}, n % 2 ? at.one : at.other)),
        );
        const taken = claims.flatMap((held) => (held === undefined ? [] : [held.id]));
        expect(taken.sort()).toEqual([jobs[1]!.id, jobs[2]!.id].sort());
        expect(await claim(kind)).toBeUndefined();
      });

      it('gives nobody a job of a kind that was not asked for, nor another than the one that was', async () => {
        const kind = freshName('kind');
        const [, second] = [await created(kind), await created(kind)];
        expect(await claim(freshName('kind'))).toBeUndefined();
        expect((await claim(kind, { id: second.id }))?.id).toBe(second.id);
        expect(await claim(kind, { id: second.id })).toBeUndefined();
      });

      it('counts the attempt and shows that the job runs', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = await claim(kind);
        expect(held).toMatchObject({ id: job.id, state: 'running', attempts: 1, request: { n: 1 } });
        expect(await find(kind, job)).toMatchObject({ state: 'running', startedAtMs: expect.any(Number) });
      });

      it('passes on a job whose holder is dead, with the progress it told', async () => {
        const kind = freshName('kind');
        await created(kind);
        const held = (await claim(kind))!;
        expect(await claim(kind, {}, at.other)).toBeUndefined();
        await at.one.queue.renew(held, { leaseMs: OVER_MS, progress: { part: 3 } });
        expect(await takeOver(kind)).toMatchObject({ id: held.id, attempts: 2, progress: { part: 3 } });
      });

      it('fails a job that as many processes died over as may', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        await claim(kind, { leaseMs: OVER_MS });
        const end = await until(
          async () => [await claim(kind, { maxAttempts: 1 }), await find(kind, job)] as const,
          ([, found]) => found?.state !== 'running',
        );
        expect(end).toEqual([undefined, expect.objectContaining({ state: 'failed' })]);
        expect(end[1]).toMatchObject({ error: { code: 'job.abandoned' }, finishedAtMs: expect.any(Number) });
      });
    });

    describe('holding', () => {
      it('keeps the job for as long as its holder is heard of', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = (await claim(kind, { leaseMs: OVER_MS }))!;
        await at.one.queue.renew(held, { leaseMs: LONG_MS, progress: { percent: 40 } });
        expect(await claim(kind, {}, at.other)).toBeUndefined();
        expect(await find(kind, job)).toMatchObject({ progress: { percent: 40 } });
      });

      it('refuses everything of a holder that was taken over from', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const former = (await claim(kind, { leaseMs: OVER_MS }))!;
        await takeOver(kind);
        const { queue } = at.one;
        const lost = { code: 'lease.lost' };
        await expect(queue.renew(former, { leaseMs: LONG_MS, progress: { mine: 1 } })).rejects.toMatchObject(lost);
        await expect(queue.finish(former, { state: 'failed', progress: {} })).rejects.toMatchObject(lost);
        await expect(queue.release(former, {})).rejects.toMatchObject(lost);
        expect(await find(kind, job)).toMatchObject({ state: 'running', progress: {} });
      });

      it('gives a released job to the next at once, and does not count the attempt', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = (await claim(kind))!;
        await at.one.queue.release(held, { part: 2 });
        expect(await find(kind, job)).toMatchObject({ state: 'accepted', attempts: 0, progress: { part: 2 } });
        expect(await claim(kind, {}, at.other)).toMatchObject({ id: job.id, attempts: 1 });
      });
    });

    describe('ending', () => {
      it.each([
        { state: 'succeeded', progress: { percent: 100 }, result: { rows: 3, file: 'a' } },
        { state: 'failed', progress: { percent: 7 }, error: { code: 'vendor.refused', message: 'No such field.' } },
        { state: 'cancelled', progress: {} },
      ] as const)('keeps how it ended: $state', async (outcome) => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = (await claim(kind))!;
        await at.one.queue.finish(held, outcome);
        const ended = await find(kind, job);
        expect(ended).toMatchObject({ ...outcome, finishedAtMs: expect.any(Number) });
        await at.one.queue.finish(held, outcome); // its first answer was lost
        expect(await find(kind, job)).toEqual(ended);
        expect(await claim(kind)).toBeUndefined();
      });

      it('does not let an ended job end in another way', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = (await claim(kind))!;
        await at.one.queue.finish(held, { state: 'succeeded', progress: {}, result: {} });
        const other = at.one.queue.finish(held, { state: 'failed', progress: {} });
        await expect(other).rejects.toMatchObject({ code: 'lease.lost' });
        expect(await at.other.jobs.cancel(kind, job.id)).toMatchObject({ state: 'succeeded', cancelRequested: false });
      });

      it('forgets jobs that finished long ago, and no others', async () => {
        const kind = freshName('kind');
        const [waiting, ended] = [await created(kind), await created(kind, { idempotencyKey: 'key' })];
        await at.one.jobs.cancel(kind, ended.id);
        expect(await at.other.queue.forget(kind, LONG_MS)).toBe(0);
        const forgotten = await until(
          () => at.other.queue.forget(kind, 0),
          (number) => number > 0,
        );
        expect(forgotten).toBe(1);
        expect([await find(kind, waiting), await find(kind, ended)]).toEqual([waiting, undefined]);
        expect((await created(kind, { idempotencyKey: 'key', request: { other: 1 } })).id).not.toBe(ended.id);
      });
    });

    describe('cancelling', () => {
      it('ends an accepted job at once, so that nobody takes it', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        expect(await at.other.jobs.cancel(kind, job.id)).toMatchObject({
          state: 'cancelled',
          finishedAtMs: expect.any(Number),
        });
        expect(await claim(kind)).toBeUndefined();
      });

      it('tells the holder of a running one with its next heartbeat', async () => {
        const kind = freshName('kind');
        const job = await created(kind);
        const held = (await claim(kind))!;
        const beat = { leaseMs: LONG_MS, progress: {} };
        expect(await at.one.queue.renew(held, beat)).toEqual({ cancelRequested: false });
        expect(await at.other.jobs.cancel(kind, job.id)).toMatchObject({ state: 'running', cancelRequested: true });
        expect(await at.one.queue.renew(held, beat)).toEqual({ cancelRequested: true });
      });

      it('cancels one that is handed back, and one whose holder died, instead of passing them on', async () => {
        const kind = freshName('kind');
        const [back, dead] = [await created(kind), await created(kind)];
        const held = (await claim(kind))!;
        await claim(kind, { leaseMs: OVER_MS });
        for (const { id } of [back, dead]) await at.other.jobs.cancel(kind, id);
        await at.one.queue.release(held, {});
        const states = await until(
          async () => {
            expect(await claim(kind)).toBeUndefined();
            return [(await find(kind, back))?.state, (await find(kind, dead))?.state];
          },
          ([, state]) => state !== 'running',
        );
        expect(states).toEqual(['cancelled', 'cancelled']);
      });

      it('knows no job of another kind', async () => {
        const job = await created(freshName('kind'));
        expect(await at.one.jobs.cancel(freshName('kind'), job.id)).toBeUndefined();
      });
    });

    it('says that the store does not answer', async () => {
      const { jobs, queue } = at.unreachable;
      const calls = [
        jobs.create({ kind: 'k', request: {}, caller: 'ann' }),
        jobs.find('k', 'id'),
        jobs.list({ kind: 'k', limit: 1 }),
        queue.claim({ kinds: [{ kind: 'k', maxAttempts: 1 }], worker: 'w', leaseMs: 1 }),
        queue.forget('k', 1),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
