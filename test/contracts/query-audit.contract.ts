import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditFilter, QueryAudit } from '../../src/domain/ports/query-audit.port.js';
import { entry } from '../support/guarded-database.js';

export interface QueryAuditHarness {
  readonly audit: QueryAudit;
  readonly unreachable: QueryAudit;
  close(): Promise<void>;
}

/** What every QueryAudit adapter promises. */
export function queryAuditContract(engine: string, open: () => Promise<QueryAuditHarness>): void {
  describe(`QueryAudit on ${engine}`, () => {
    let at: QueryAuditHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const list = async (filter: Partial<AuditFilter>): Promise<readonly string[]> =>
      (await at.audit.list({ limit: 100, ...filter })).entries.map(({ requestId }) => requestId);

    it('keeps everything of a record, and when it was made', async () => {
      const told = entry({ caller: 'whole', outcome: 'refused', code: 'query.refused', rows: 0 });
      await at.audit.record(told);
      const { entries } = await at.audit.list({ caller: 'whole', limit: 10 });
      expect(entries).toEqual([{ ...told, id: expect.stringMatching(/^\d+$/), recordedAtMs: expect.any(Number) }]);
      await at.audit.record(entry({ caller: 'plain' }));
      expect((await at.audit.list({ caller: 'plain', limit: 1 })).entries[0]).not.toHaveProperty('code');
    });

    it('loses none of many that come at once, and keeps each once', async () => {
      await Promise.all(
        Array.from({ length: 700 }, (_, n) => at.audit.record(entry({ caller: 'many', requestId: `r${n}` }))),
      );
      const seen: string[] = [];
      let before: string | undefined;
      do {
        const page = await at.audit.list({ caller: 'many', limit: 150, ...(before !== undefined && { before }) });
        seen.push(...page.entries.map(({ requestId }) => requestId));
        before = page.next;
      } while (before !== undefined);
      expect(seen).toHaveLength(700);
      expect(new Set(seen).size).toBe(700);
    });

    it('lists the newest first, by caller, engine, mode, outcome, statement, request and time', async () => {
      const from = Date.now();
      await at.audit.record(entry({ caller: 'f', requestId: 'a' }));
      await at.audit.record(
        entry({ caller: 'f', requestId: 'b', mode: 'write', outcome: 'failed', code: 'query.failed' }),
      );
      await at.audit.record(entry({ caller: 'f', requestId: 'c', engine: 'clickhouse', sha256: 'c'.repeat(64) }));
      expect(await list({ caller: 'f' })).toEqual(['c', 'b', 'a']);
      expect(await list({ caller: 'f', mode: 'write' })).toEqual(['b']);
      expect(await list({ caller: 'f', outcome: 'ok' })).toEqual(['c', 'a']);
      expect(await list({ caller: 'f', engine: 'clickhouse' })).toEqual(['c']);
      expect(await list({ sha256: 'c'.repeat(64) })).toEqual(['c']);
      expect(await list({ caller: 'f', requestId: 'b' })).toEqual(['b']);
      expect(await list({ caller: 'f', fromMs: from - 60_000, toMs: from + 600_000 })).toEqual(['c', 'b', 'a']);
      expect(await list({ caller: 'f', toMs: from - 60_000 })).toEqual([]);
      expect(await list({ caller: 'f', fromMs: from + 600_000 })).toEqual([]);
    });

    it('says so when a record cannot be written, to each of those who wait for it', async () => {
      const records = [1, 2, 3].map(() => at.unreachable.record(entry()));
      for (const record of records) await expect(record).rejects.toMatchObject({ code: 'audit.unwritten' });
      await expect(at.unreachable.list({ limit: 1 })).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
