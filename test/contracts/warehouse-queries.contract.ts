import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PagedQuery, WarehouseQueries } from '../../src/domain/ports/warehouse-queries.port.js';

export interface WarehouseQueriesHarness {
  readonly queries: WarehouseQueries;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: WarehouseQueries;
  /** An empty database of its own. */
  readonly database: string;
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

const paged = (sql: string, change: Partial<PagedQuery> = {}): PagedQuery => ({
  sql,
  offset: 0,
  limit: 100,
  timeoutMs: 20_000,
  ...change,
});

/** What every WarehouseQueries adapter promises, on engines that speak ClickHouse's SQL. */
export function warehouseQueriesContract(engine: string, open: () => Promise<WarehouseQueriesHarness>): void {
  describe(`WarehouseQueries on ${engine}`, () => {
    let at: WarehouseQueriesHarness;
    beforeAll(async () => {
      at = await open();
      await at.run(`CREATE TABLE ${at.database}.b (n UInt32) ENGINE = MergeTree ORDER BY n`);
      await at.run(`CREATE TABLE ${at.database}.a (n UInt32) ENGINE = MergeTree ORDER BY n`);
      await at.run(`INSERT INTO ${at.database}.a SELECT number FROM numbers(1000)`);
    });
    afterAll(() => at.close());

    it('lists databases with their tables in order, and none of the engine itself', async () => {
      const databases = await at.queries.databases();
      expect(databases[at.database]).toEqual(['a', 'b']);
      expect(Object.keys(databases).map((name) => name.toLowerCase())).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(system|information_schema)$/)]),
      );
    });

    it('lists a database without tables', async () => {
      const empty = `${at.database}_empty`;
      await at.run(`CREATE DATABASE ${empty} ENGINE = Atomic`);
      expect((await at.queries.databases())[empty]).toEqual([]);
      await at.run(`DROP DATABASE ${empty}`);
    });

    it('answers rows by column name, with names and types of the columns in order', async () => {
      const page = await at.queries.run(paged(`SELECT 1 AS one, 'x' AS word, NULL AS nothing, [1, 2] AS list`));
      expect(page).toEqual({
        columns: [
          { name: 'one', type: 'UInt8' },
          { name: 'word', type: 'String' },
          { name: 'nothing', type: 'Nullable(Nothing)' },
          { name: 'list', type: 'Array(UInt8)' },
        ],
        rows: [{ one: 1, word: 'x', nothing: null, list: [1, 2] }],
        totalRows: 1,
      });
    });

    it('keeps every digit of large integers and decimals, and what no JSON number can be', async () => {
      const sql = `SELECT 18446744073709551615 AS big, toDecimal64('12.30', 2) AS price, -1 / 0 AS odd`;
      const { rows } = await at.queries.run(paged(sql));
      expect(rows).toEqual([{ big: '18446744073709551615', price: '12.3', odd: '-inf' }]);
    });

    it('pages through a result, and says how many rows there are in all', async () => {
      const sql = `SELECT n FROM ${at.database}.a ORDER BY n`;
      const page = await at.queries.run(paged(sql, { offset: 990, limit: 20 }));
      expect(page.rows.map(({ n }) => n)).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
      expect(page.totalRows).toBe(1000);
      const behind = await at.queries.run(paged(sql, { offset: 5000, limit: 20 }));
      expect(behind).toMatchObject({ rows: [], totalRows: 1000 });
    });

    it('keeps the order of the query over its pages', async () => {
      const sql = 'SELECT number AS n FROM numbers_mt(1000000) ORDER BY n DESC';
      const { rows } = await at.queries.run(paged(sql, { offset: 70_000, limit: 3 }));
      expect(rows).toEqual([{ n: '929999' }, { n: '929998' }, { n: '929997' }]);
    });

    it('answers columns of one name as the warehouse does', async () => {
      const { columns } = await at.queries.run(paged('SELECT 1 AS a, 2 AS b, 1 AS a'));
      expect(columns.map(({ name }) => name).filter((name) => name === 'b')).toEqual(['b']);
    });

    it('cannot be talked out of its bounds by brackets', async () => {
      const running = at.queries.run(paged('SELECT 1) UNION ALL SELECT * FROM (SELECT 2', { limit: 1 }));
      await expect(running).rejects.toMatchObject({ code: 'query.failed' });
    });

    it.each([
      ['its own limit', 'SELECT number FROM numbers(1000) LIMIT 50', 50],
      ['groups', 'SELECT number % 7 AS g, count() AS c FROM numbers(1000) GROUP BY g ORDER BY g', 7],
      ['a union', 'SELECT number FROM numbers(5) UNION ALL SELECT number FROM numbers(6)', 11],
      ['a condition that nothing meets', 'SELECT number FROM numbers(5) WHERE number > 10', 0],
      ['a comment at its end', 'SELECT number FROM numbers(12) -- all of them', 12],
      ['a semicolon at its end', 'SELECT number FROM numbers(12);', 12],
    ])('counts all rows of a query with %s', async (_, sql, total) => {
      const page = await at.queries.run(paged(sql, { offset: 2, limit: 3 }));
      expect(page.totalRows).toBe(total);
      expect(page.rows).toHaveLength(Math.max(0, Math.min(3, total - 2)));
    });

    it.each([
      ['SHOW DATABASES'],
      ['DESCRIBE TABLE system.one'],
      ['EXISTS TABLE system.one'],
      ['EXPLAIN SELECT 1'],
      ['WITH 1 AS x SELECT x'],
    ])('runs %s', async (sql) => {
      expect((await at.queries.run(paged(sql))).rows.length).toBeGreaterThan(0);
    });

    it.each([
      ['INSERT INTO DB.a VALUES (1)'],
      ['CREATE TABLE DB.c (n UInt8) ENGINE = Memory'],
      ['DROP TABLE DB.a'],
      ['ALTER TABLE DB.a DELETE WHERE 1'],
      ['TRUNCATE TABLE DB.a'],
      ['SET max_memory_usage = 0'],
      ["SELECT * FROM file('/etc/hostname', 'LineAsString')"],
      ["SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')"],
      ["SELECT * FROM remote('127.0.0.1:9', system.one)"],
      ["SELECT * FROM s3('http://127.0.0.1:9/b/k', 'LineAsString')"],
      ['SELECT 1 SETTINGS readonly = 0'],
      ['SELECT 1 SETTINGS max_execution_time = 1000'],
      ["SELECT * FROM (SELECT * FROM file('/etc/hostname', 'LineAsString') SETTINGS readonly = 0)"],
      ["WITH x AS (SELECT * FROM file('/etc/hostname', 'LineAsString') /**/ sEtTiNgS/**/`readonly`=2) SELECT * FROM x"],
      ["SELECT (SELECT any(line) FROM file('/etc/hostname', 'LineAsString') SETTINGS max_threads = 1, readonly = 0)"],
      ["SELECT 1 INTO OUTFILE '/tmp/penstock-should-not-be'"],
    ])('refuses %s', async (sql) => {
      const running = at.queries.run(paged(sql.replace('DB', at.database)));
      await expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^query\.(refused|failed)$/) });
      expect((await at.queries.run(paged(`SELECT count() AS c FROM ${at.database}.a`))).rows).toEqual([{ c: '1000' }]);
      expect((await at.queries.databases())[at.database]).toEqual(['a', 'b']);
    });

    it('reads what is only called settings', async () => {
      const sql = `SELECT 'SETTINGS readonly = 0' AS settings, 1 AS "SETTINGS x =" WHERE settings != ''`;
      const { rows } = await at.queries.run(paged(sql));
      expect(rows).toEqual([{ settings: 'SETTINGS readonly = 0', 'SETTINGS x =': 1 }]);
    });

    it('tells a statement that only reads from one that does more', async () => {
      const running = at.queries.run(paged(`DROP TABLE ${at.database}.a`));
      await expect(running).rejects.toMatchObject({ code: 'query.refused' });
    });

    it('answers one statement only', async () => {
      await expect(at.queries.run(paged('SELECT 1; SELECT 2'))).rejects.toMatchObject({ code: 'query.failed' });
    });

    it('passes on what the warehouse says about a wrong query', async () => {
      await expect(at.queries.run(paged('SELEC 1'))).rejects.toMatchObject({ code: 'query.failed' });
      await expect(at.queries.run(paged('SELECT nothing_there'))).rejects.toMatchObject({
        code: 'query.failed',
        message: expect.stringContaining('nothing_there'),
      });
    });

    it('names a failure that comes after the first rows', async () => {
      const sql = `SELECT number, throwIf(number = 900000) FROM numbers(1000000)`;
      await expect(at.queries.run(paged(sql, { limit: 1_000_000 }))).rejects.toMatchObject({ code: 'query.failed' });
    });

    it('ends a query that takes too long', async () => {
      const sql = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';
      await expect(at.queries.run(paged(sql, { timeoutMs: 1000 }))).rejects.toMatchObject({ code: 'query.timeout' });
    });

    it('refuses an answer that is too large', async () => {
      const sql = `SELECT repeat('x', 100000) AS x FROM numbers(10000)`;
      await expect(at.queries.run(paged(sql, { limit: 10_000 }))).rejects.toMatchObject({ code: 'query.refused' });
    });

    it('says that the warehouse is unreachable', async () => {
      await expect(at.unreachable.databases()).rejects.toMatchObject({ code: 'warehouse.unreachable' });
      await expect(at.unreachable.run(paged('SELECT 1'))).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    });
  });
}
