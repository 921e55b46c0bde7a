import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleRequest, WarehouseCatalog } from '../../src/domain/ports/warehouse-catalog.port.js';
import { type TableReference, tableReference } from '../../src/domain/workflow-gateway/table-reference.js';

export interface WarehouseCatalogHarness {
  readonly catalog: WarehouseCatalog;
  readonly unreachable: WarehouseCatalog;
  /** Runs SQL of PostgreSQL's kind as somebody who may do everything; `public` is the search path. */
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

interface Schema {
  readonly [key: string]: unknown;
  readonly columns: readonly Record<string, unknown>[];
}

export const tables = (...names: string[]): TableReference[] => names.map((name) => tableReference(name)!);

/** What every WarehouseCatalog adapter promises, on engines that speak PostgreSQL's SQL. */
export function warehouseCatalogContract(engine: string, open: () => Promise<WarehouseCatalogHarness>): void {
  describe(`WarehouseCatalog on ${engine}`, () => {
    let at: WarehouseCatalogHarness;
    beforeAll(async () => {
      at = await open();
      await at.run(`
        CREATE SCHEMA sales; CREATE SCHEMA "Odd Names";
        CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
        CREATE TABLE sales.orders (
          id bigint GENERATED ALWAYS AS IDENTITY, region text NOT NULL, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
          price numeric(12,2) DEFAULT 1.50 NOT NULL, doubled numeric GENERATED ALWAYS AS (price * 2) STORED, tags text[], noted timestamptz DEFAULT now(),
          PRIMARY KEY (region, id), CONSTRAINT once UNIQUE (id, customer_id));
        COMMENT ON TABLE sales.orders IS 'One row each'; COMMENT ON COLUMN sales.orders.price IS 'In euros';
        CREATE TABLE "Odd Names"."A.b ""c" ("Ä x" integer);
        CREATE TABLE measured (at date NOT NULL, v integer) PARTITION BY RANGE (at);
        CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE TABLE measured_2025 PARTITION OF measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        INSERT INTO measured SELECT date '2024-06-01' + i % 400, i FROM generate_series(1, 1000) i;
        CREATE VIEW expensive AS SELECT * FROM sales.orders WHERE price > 100;
        CREATE TABLE wide (id integer, filler text); INSERT INTO wide SELECT i, repeat('x', 1500) FROM generate_series(1, 6000) i;
        CREATE TABLE nothing (a integer);
        CREATE TABLE sparse (id integer, filler text); INSERT INTO sparse SELECT i, repeat('x', 1500) FROM generate_series(1, 6000) i;
        DELETE FROM sparse WHERE id NOT IN (17, 4711, 5999);
        CREATE MATERIALIZED VIEW kept AS SELECT id FROM wide WHERE id <= 20;
        CREATE TABLE hidden (a integer); REVOKE ALL ON hidden FROM PUBLIC, penstock_reader, penstock_writer;
        CREATE TABLE partly (a integer, b integer); INSERT INTO partly VALUES (1, 2);
        REVOKE ALL ON partly FROM penstock_reader; GRANT SELECT (a) ON partly TO penstock_reader;
        ANALYZE`);
    });
    afterAll(() => at.close());

    const describeOne = async (name: string): Promise<Schema> => {
      const { tables: found } = await at.catalog.describe(tables(name));
      return JSON.parse(found[0]!.schema) as Schema;
    };
    const request = (names: string[], change: Partial<SampleRequest> = {}): SampleRequest => ({
      tables: tables(...names),
      limit: 10,
      maxBytes: 1_000_000,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      ...change,
    });
    const ids = (rows: readonly string[]): unknown[] => rows.map((row) => (JSON.parse(row) as { id: unknown }).id);

    it('tells columns, types, nullability, defaults, comments and keys', async () => {
      const schema = await describeOne('sales.orders');
      expect(schema).toMatchObject({
        table_name: 'orders',
        schema_name: 'sales',
        kind: 'table',
        comment: 'One row each',
        estimated_rows: 0,
        primary_key: ['region', 'id'],
        unique_keys: [{ name: 'once', columns: ['id', 'customer_id'] }],
        foreign_keys: [
          {
            columns: ['customer_id'],
            references: { schema_name: 'public', table_name: 'customers', columns: ['id'] },
            on_update: 'no action',
            on_delete: 'cascade',
          },
        ],
        partitioned_by: null,
        partition_of: null,
      });
      const plain = { default: null, generated: null, identity: null, comment: null };
      expect(schema.columns).toEqual([
        { ...plain, name: 'id', type: 'bigint', nullable: false, identity: 'always' },
        { ...plain, name: 'region', type: 'text', nullable: false },
        { ...plain, name: 'customer_id', type: 'bigint', nullable: false },
        { ...plain, name: 'price', type: 'numeric(12,2)', nullable: false, default: '1.50', comment: 'In euros' },
        { ...plain, name: 'doubled', type: 'numeric', nullable: true, generated: expect.stringContaining('price') },
        { ...plain, name: 'tags', type: 'text[]', nullable: true },
        { ...plain, name: 'noted', type: 'timestamp with time zone', nullable: true, default: 'now()' },
      ]);
    });

    it('tells how a table is partitioned, and how many rows there are about', async () => {
      const schema = await describeOne('measured');
      expect(schema).toMatchObject({
        kind: 'partitioned table',
        estimated_rows: 1000,
        partitioned_by: {
          key: 'RANGE (at)',
          partitions: [
            { table_name: 'measured_2024', bounds: expect.stringContaining("'2024-01-01'") },
            { table_name: 'measured_2025' },
          ],
        },
      });
      expect(await describeOne('measured_2024')).toMatchObject({
        partition_of: { schema_name: 'public', table_name: 'measured', bounds: expect.stringContaining('FROM') },
      });
      expect(await describeOne('expensive')).toMatchObject({ kind: 'view', estimated_rows: null });
    });

    it('answers many tables in the order they were asked for, and lists the unknown ones', async () => {
      const found = await at.catalog.describe(
        tables('sales.orders', 'nowhere', 'customers', 'penstock.query_audit', 'pg_class', 'hidden', 'orders'),
      );
      expect(found.tables.map(({ asked }) => asked)).toEqual(['sales.orders', 'customers']);
      expect(found.unknown).toEqual(['nowhere', 'penstock.query_audit', 'pg_class', 'hidden', 'orders']);
    });

    it('reads names as SQL does, exact ones first', async () => {
      expect(await describeOne('Customers')).toMatchObject({ table_name: 'customers' });
      expect(await describeOne('"Odd Names"."A.b ""c"')).toMatchObject({
        table_name: 'A.b "c',
        columns: [{ name: 'Ä x' }],
      });
      await at.run('CREATE TABLE "Customers" (a integer)');
      expect(await describeOne('Customers')).toMatchObject({ table_name: 'Customers' });
      expect(await describeOne('customers')).toMatchObject({ table_name: 'customers' });
      await at.run('DROP TABLE "Customers"');
      const { unknown } = await at.catalog.describe(tables('"Customers"', `customers'; DROP TABLE customers; --`));
      expect(unknown).toHaveLength(2);
    });

    it.each([
      ['a column added', 'ALTER TABLE changing ADD COLUMN more integer'],
      ['a column renamed', 'ALTER TABLE changing RENAME COLUMN more TO fewer'],
      ['a type', 'ALTER TABLE changing ALTER COLUMN fewer TYPE bigint'],
      ['a default', 'ALTER TABLE changing ALTER COLUMN fewer SET DEFAULT 3'],
      ['a default changed', 'ALTER TABLE changing ALTER COLUMN fewer SET DEFAULT 4'],
      ['nullability', 'ALTER TABLE changing ALTER COLUMN fewer SET NOT NULL'],
      ['a comment', `COMMENT ON COLUMN changing.fewer IS 'x'`],
      ['a comment on the table', `COMMENT ON TABLE changing IS 'x'`],
      ['a key', 'ALTER TABLE changing ADD UNIQUE (fewer)'],
      ['a foreign key', 'ALTER TABLE changing ADD FOREIGN KEY (fewer) REFERENCES referred'],
      ['the name of a referred column', 'ALTER TABLE referred RENAME COLUMN id TO key'],
      ['the name of the referred table', 'ALTER TABLE referred RENAME TO spoken_of'],
      ['a column dropped', 'ALTER TABLE changing DROP COLUMN fewer'],
      ['a partition', `CREATE TABLE split_b PARTITION OF split FOR VALUES IN ('b')`],
      ['the name of a partition', 'ALTER TABLE split_b RENAME TO split_c'],
      ['a partition detached', 'ALTER TABLE split DETACH PARTITION split_c'],
      ['the name of a type', 'ALTER TYPE mood RENAME TO temper'],
      ['the table dropped', 'DROP TABLE changing'],
      ['the table back again', 'CREATE TABLE changing (id integer)'],
      ['the right to read it', 'REVOKE SELECT ON changing FROM penstock_reader'],
    ])('is never behind a change: %s', async (_, sql) => {
      await at.run(`CREATE TABLE IF NOT EXISTS referred_once (id integer)`);
      if (sql.includes('ADD COLUMN more')) {
        await at.run(`CREATE TYPE mood AS ENUM ('a'); CREATE TABLE changing (id integer); CREATE TABLE referred (id bigint PRIMARY KEY);
          CREATE TABLE split (k text, m mood) PARTITION BY LIST (k)`);
      }
      const asked = tables('changing', 'split', 'nowhere');
      const before = await at.catalog.describe(asked);
      expect((await at.catalog.describe(asked)).version).toBe(before.version);
      await at.run(sql);
      const after = await at.catalog.describe(asked);
      expect(after.version).not.toBe(before.version);
      expect(after).not.toEqual(before);
    });

    it('has the same version for the same schemas, whatever is done with rows', async () => {
      const before = (await at.catalog.describe(tables('customers', 'wide'))).version;
      await at.run(
        `INSERT INTO customers SELECT i, 'e' || i FROM generate_series(1, 3) i; DELETE FROM customers; VACUUM customers`
          .split(';', 2)
          .join(';'),
      );
      expect((await at.catalog.describe(tables('customers', 'wide'))).version).toBe(before);
      const [one, two] = await Promise.all([1, 2].map(() => at.catalog.describe(tables('customers', 'wide'))));
      expect(one).toEqual(two);
    });

    it('samples as many rows as asked for, with every column, without a copy', async () => {
      const { tables: samples } = await at.catalog.sample(request(['wide', 'measured', 'kept']));
      expect(samples.map(({ rows }) => rows.length)).toEqual([10, 10, 10]);
      expect(samples[0]).toMatchObject({ asked: 'wide', method: 'pages', isTruncated: false });
      expect(samples[0]!.columns.map(({ name }) => name)).toEqual(['id', 'filler']);
      for (const { rows } of samples) expect(new Set(rows).size).toBe(10);
    });

    it('gives every row a chance: samples differ, and come from all over the table', async () => {
      const seen = new Set<unknown>();
      for (let n = 0; n < 10; n += 1) {
        const { tables: samples } = await at.catalog.sample(request(['wide'], { limit: 20 }));
        for (const id of ids(samples[0]!.rows)) seen.add(id);
      }
      expect(seen.size).toBeGreaterThan(100);
      expect(Math.max(...([...seen] as number[]))).toBeGreaterThan(4500);
      expect(Math.min(...([...seen] as number[]))).toBeLessThan(1500);
    });

    it('answers the same rows for the same seed, and others for another', async () => {
      const sampled = async (seed: number): Promise<unknown> => {
        const { tables: samples } = await at.catalog.sample(request(['wide', 'measured', 'sparse', 'kept'], { seed }));
        return samples.map(({ rows }) => rows);
      };
      expect(await sampled(7)).toEqual(await sampled(7));
      expect(await sampled(7)).not.toEqual(await sampled(8));
    });

    it('finds the few rows of a table that is nearly empty, and none of an empty one', async () => {
      const { tables: samples } = await at.catalog.sample(request(['sparse', 'nothing']));
      expect(ids(samples[0]!.rows).toSorted()).toEqual([17, 4711, 5999].toSorted());
      expect(samples[1]).toMatchObject({ asked: 'nothing', rows: [], isTruncated: false, columns: [{ name: 'a' }] });
    });

    it('answers first rows of a view, and only columns that may be read', async () => {
      const { tables: samples, unknown } = await at.catalog.sample(
        request(['expensive', 'partly', 'hidden', 'penstock.dead_letter']),
      );
      expect(samples[0]).toMatchObject({ method: 'first', rows: [] });
      expect(samples[1]!.rows).toEqual(['{"a":1}']);
      expect(unknown).toEqual(['hidden', 'penstock.dead_letter']);
    });

    it('samples a table as it is, not as it was a moment ago', async () => {
      await at.run('CREATE TABLE moved (a integer); INSERT INTO moved VALUES (1)');
      const rows = async (): Promise<unknown> => {
        const { tables: samples, unknown } = await at.catalog.sample(request(['kept', 'moved']));
        return [samples.slice(1).map(({ rows: found }) => found), unknown];
      };
      expect(await rows()).toEqual([[['{"a":1}']], []]);
      await at.run('ALTER TABLE moved ADD COLUMN b integer DEFAULT 2');
      expect(await rows()).toEqual([[['{"a":1,"b":2}']], []]);
      await at.run('DROP TABLE moved');
      expect(await rows()).toEqual([[], ['moved']]);
      await at.run('CREATE VIEW moved AS SELECT 3 AS c');
      expect(await rows()).toEqual([[['{"c":3}']], []]);
      await at.run('DROP VIEW moved; CREATE TABLE moved (d integer); INSERT INTO moved VALUES (4)');
      expect(await rows()).toEqual([[['{"d":4}']], []]);
      await at.run('DROP TABLE moved; CREATE VIEW moved AS SELECT 5 AS e');
      expect(await rows()).toEqual([[['{"e":5}']], []]);
      await at.run('REVOKE SELECT ON moved FROM penstock_reader');
      expect(await rows()).toEqual([[], ['moved']]);
    });

    it('keeps an answer within its bytes, and says where it was cut', async () => {
      const { tables: samples } = await at.catalog.sample(
        request(['kept', 'wide', 'measured'], { limit: 500, maxBytes: 100_000 }),
      );
      expect(samples.map(({ isTruncated }) => isTruncated)).toEqual([false, true, true]);
      expect(samples.flatMap(({ rows }) => rows).join('').length).toBeLessThan(120_000);
      const again = await at.catalog.sample(request(['kept']));
      expect(again.tables[0]!.rows).toHaveLength(10);
    });

    it('ends when nobody waits any more', async () => {
      const sampling = at.catalog.sample(request(['wide'], { signal: AbortSignal.abort() }));
      await expect(sampling).rejects.toMatchObject({ code: 'query.cancelled' });
    });

    it('answers many callers at once, each what holds for him', async () => {
      const names = ['customers', 'wide', 'measured', 'kept', 'sparse'];
      const all = await Promise.all(
        Array.from({ length: 60 }, (_, n) => at.catalog.describe(tables(names[n % names.length]!))),
      );
      for (const [n, { tables: found }] of all.entries()) expect(found[0]!.asked).toBe(names[n % names.length]);
    });

    it('says that the database is unreachable', async () => {
      await expect(at.unreachable.describe(tables('a'))).rejects.toMatchObject({ code: 'database.unreachable' });
      await expect(at.unreachable.sample(request(['a']))).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
