import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuardedStatements } from '../../src/domain/ports/guarded-statements.port.js';
import type { StatementParameters } from '../../src/domain/workflow-gateway/guarded-statement.js';
import { statement } from '../support/guarded-database.js';

export interface GuardedStatementsHarness {
  readonly statements: GuardedStatements;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: GuardedStatements;
  /** Statements in the engine's own words. */
  readonly words: {
    /** The numbers from 0, a column `n`, this many of them, in order. */
    numbers(count: number): string;
    /** A row with the parameter `7` in its column `n`, and the parameters. */
    readonly withParameter: readonly [string, StatementParameters];
    /** Takes far too long, and says nothing meanwhile. */
    readonly endless: string;
    /** A row of at least a megabyte for each number below ten. */
    readonly large: string;
    /** A column `secret` and a literal that must not be kept. */
    readonly literal: readonly [string, string];
    readonly writes: readonly string[];
  };
  /** Whether the engine still works on what this adapter has sent. */
  isBusy(): Promise<boolean>;
  /** Everything that statements could change. */
  state(): Promise<unknown>;
  close(): Promise<void>;
}

const parsed = (rows: readonly string[]): unknown[] => rows.map((row) => JSON.parse(row) as unknown);

/** What every GuardedStatements adapter promises about statements that read. */
export function guardedStatementsContract(engine: string, open: () => Promise<GuardedStatementsHarness>): void {
  describe(`GuardedStatements on ${engine}`, () => {
    let at: GuardedStatementsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    it('answers rows as the text of JSON objects, with names and types of the columns', async () => {
      const { columns, rows, isTruncated } = await at.statements.read(statement(at.words.numbers(2)));
      expect(columns).toEqual([{ name: 'n', type: expect.any(String) }]);
      expect(parsed(rows).map((row) => Number((row as { n: unknown }).n))).toEqual([0, 1]);
      expect(isTruncated).toBe(false);
    });

    it('binds parameters', async () => {
      const [sql, parameters] = at.words.withParameter;
      const { rows } = await at.statements.read(statement(sql, { parameters }));
      expect(parsed(rows)).toEqual([{ n: 7 }]);
    });

    it('stops at the rows asked for, and says that there are more', async () => {
      const { rows, isTruncated, isPageable } = await at.statements.read(
        statement(at.words.numbers(1000), { maxRows: 10 }),
      );
      expect([rows.length, isTruncated, isPageable]).toEqual([10, true, true]);
      const whole = await at.statements.read(statement(at.words.numbers(10), { maxRows: 10 }));
      expect([whole.rows.length, whole.isTruncated]).toEqual([10, false]);
    });

    it('goes on where a page ended', async () => {
      const pages: number[] = [];
      for (let offset = 0; offset < 25; offset += 10) {
        const { rows, isTruncated } = await at.statements.read(
          statement(at.words.numbers(25), { maxRows: 10, offset }),
        );
        pages.push(...parsed(rows).map((row) => Number((row as { n: unknown }).n)));
        expect(isTruncated).toBe(offset < 20);
      }
      expect(pages).toEqual(Array.from({ length: 25 }, (_, n) => n));
      const { rows } = await at.statements.read(statement(at.words.numbers(5), { offset: 50 }));
      expect(rows).toEqual([]);
    });

    it('keeps an answer within its bytes', async () => {
      const reading = at.statements.read(statement(at.words.large, { maxBytes: 100_000 }));
      const kept = await reading.then(
        ({ rows, isTruncated }) => ({ bytes: rows.join('').length, isTruncated }),
        (error: { code?: string }) => ({ bytes: 0, isTruncated: error.code === 'query.refused' }),
      );
      expect(kept.isTruncated).toBe(true);
      expect(kept.bytes).toBeLessThanOrEqual(200_000);
    });

    it('ends a statement that takes too long, in the engine as well', async () => {
      const reading = at.statements.read(statement(at.words.endless, { timeoutMs: 1000 }));
      await expect(reading).rejects.toMatchObject({ code: 'query.timeout' });
      await expect.poll(() => at.isBusy(), { timeout: 20_000, interval: 100 }).toBe(false);
    });

    it('ends a statement for which nobody waits any more, in the engine as well', async () => {
      const gone = new AbortController();
      const reading = at.statements.read(statement(at.words.endless, { signal: gone.signal }));
      const outcome = reading.then(
        () => 'answered',
        (error: { code?: string }) => error.code,
      );
      await expect.poll(() => at.isBusy(), { timeout: 20_000, interval: 20 }).toBe(true);
      gone.abort();
      expect(await outcome).toBe('query.cancelled');
      await expect.poll(() => at.isBusy(), { timeout: 20_000, interval: 100 }).toBe(false);
      expect((await at.statements.read(statement(at.words.numbers(1)))).rows).toHaveLength(1);
    });

    it('does not begin what nobody waits for', async () => {
      const gone = AbortSignal.abort();
      const reading = at.statements.read(statement(at.words.endless, { signal: gone }));
      await expect(reading).rejects.toMatchObject({ code: 'query.cancelled' });
    });

    it('changes nothing, whatever it is told', async () => {
      const before = await at.state();
      for (const sql of at.words.writes) {
        await expect(at.statements.read(statement(sql)), sql).rejects.toMatchObject({
          code: expect.stringMatching(/^query\.(refused|failed|forbidden)$/),
        });
      }
      expect(await at.state()).toEqual(before);
    });

    it('answers one statement only', async () => {
      const two = `${at.words.numbers(1)}; ${at.words.numbers(1)}`;
      await expect(at.statements.read(statement(two))).rejects.toMatchObject({
        code: expect.stringMatching(/^query\.(refused|failed)$/),
      });
    });

    it('passes on what the engine says about a wrong statement', async () => {
      await expect(at.statements.read(statement('SELEC 1'))).rejects.toMatchObject({ code: 'query.failed' });
      await expect(at.statements.read(statement('SELECT nothing_there'))).rejects.toMatchObject({
        code: 'query.failed',
        message: expect.stringContaining('nothing_there'),
      });
    });

    it('masks literals and comments, also of what it would refuse, and never fails in that', async () => {
      const [sql, secret] = at.words.literal;
      const masked = await at.statements.masked(`/* ${secret} */ ${sql} -- ${secret}`);
      expect(masked).toContain('secret');
      expect(masked).not.toContain(secret);
      expect(await at.statements.masked(`DROP USER '${secret}`)).not.toContain(secret);
      expect(await at.statements.masked(`'${'x'.repeat(200_000)}`)).toBe('');
    });

    it('says that the engine is unreachable', async () => {
      await expect(at.unreachable.read(statement('SELECT 1'))).rejects.toMatchObject({
        code: expect.stringMatching(/^(database|warehouse)\.unreachable$/),
      });
    });
  });
}
