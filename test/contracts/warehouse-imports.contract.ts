import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  ImportOutcome,
  ImportRequest,
  ImportSession,
  RefusedRow,
  RowBatch,
  WarehouseImports,
} from '../../src/domain/ports/warehouse-imports.port.js';
import type { RowGroup } from '../../src/domain/sales-reporting/csv/row-grouping.js';
import { freshName } from '../support/engine-of.js';

export interface WarehouseImportsHarness {
  readonly imports: WarehouseImports;
  readonly unreachable: WarehouseImports;
  /** As anybody else on the database sees it. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

const COLUMNS = ['id', 'day', 'name', 'amount'];
/** Enough that a stage is worth it. */
const MANY = 30_000;

const batchOf = (lines: readonly string[]): RowBatch => {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return { bytes, length: bytes.length, rows: lines.length };
};
/** As a file is scanned where the table says which rows its partitions take. */
const withPlaces = (batch: RowBatch): RowBatch => {
  const groups: RowGroup[] = [];
  let start = 0;
  for (const line of Buffer.from(batch.bytes)
    .toString()
    .split(/(?<=\n)/)) {
    const month = Number(/2025-(\d\d)-/.exec(line)?.[1]);
    const place = PLACES[month - 1]!;
    const before = groups.at(-1);
    const [group, rows] = before?.place === place ? [groups.pop()!, before.rows] : [{ start }, 0];
    groups.push({ place, start: group.start, stop: start + Buffer.byteLength(line), rows: rows + 1 });
    start += Buffer.byteLength(line);
  }
  return { ...batch, groups };
};
const PLACES = Array.from({ length: 11 }, (_, month) => ({
  from: 20_250_101 + 100 * month,
  to: 20_250_201 + 100 * month,
}));
const row = (id: number | string, day = '2025-01-15', name = 'a name that is long enough'): string =>
  `${id},${day},${name},1.50`;
const outcome = (change: Partial<ImportOutcome> = {}): ImportOutcome => ({
  verdict: 'keep',
  sha256: randomUUID(),
  bytes: 10,
  rows: 1,
  imported: 1,
  rejected: 0,
  ...change,
});

/** What every WarehouseImports adapter promises. */
export function warehouseImportsContract(engine: string, open: () => Promise<WarehouseImportsHarness>): void {
  describe(`WarehouseImports on ${engine}`, () => {
    let at: WarehouseImportsHarness;
    let table: string;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());
    beforeEach(async () => {
      table = freshName('sales');
      await at.query(`
        CREATE TABLE ${table} (
          id integer NOT NULL, day date NOT NULL, name varchar(40) NOT NULL CHECK (name <> 'nobody'),
          amount numeric(6, 2), made_at timestamptz DEFAULT now(), PRIMARY KEY (day, id)
        ) PARTITION BY RANGE (day);
        CREATE INDEX ON ${table} (name);
        CREATE TABLE ${table}_1 PARTITION OF ${table} FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
        CREATE TABLE ${table}_2 PARTITION OF ${table} FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')`);
    });

    const request = (change: Partial<ImportRequest> = {}): ImportRequest => ({
      id: randomUUID(),
      table,
      source: 'file.csv',
      columns: COLUMNS,
      delimiter: ',',
      errorTable: `${table}_errors`,
      isForced: false,
      isRepeatable: true,
      startedAtMs: Date.now(),
      ...change,
    });
    const count = async (): Promise<number> => Number((await at.query(`SELECT count(*) AS n FROM ${table}`))[0]!['n']);
    const run = async (
      load: (session: ImportSession) => Promise<unknown>,
      change: { request?: Partial<ImportRequest>; outcome?: Partial<ImportOutcome> } = {},
    ) =>
      at.imports.run(request(change.request), async (session) => {
        await load(session);
        return outcome(change.outcome);
      });
    /** Writes rows of a full partition's worth and then these, and answers what was refused of these. */
    const refusedOf = async (lines: readonly string[]): Promise<readonly RefusedRow[]> => {
      let refused: readonly RefusedRow[] = [];
      await run(async (session) => (refused = await session.write(batchOf(lines))));
      return refused;
    };

    describe('a table', () => {
      it('is described with types, bounds and partitions', async () => {
        const described = await at.imports.describe(table);
        expect(described.name).toBe(table);
        expect(described.columns.slice(0, 5)).toEqual([
          { name: 'id', type: 'int4', isNullable: false, isOptional: false, isGenerated: false },
          { name: 'day', type: 'date', isNullable: false, isOptional: false, isGenerated: false },
          { name: 'name', type: 'varchar', maxLength: 40, isNullable: false, isOptional: false, isGenerated: false },
          {
            name: 'amount',
            type: 'numeric',
            precision: 6,
            scale: 2,
            isNullable: true,
            isOptional: true,
            isGenerated: false,
          },
          expect.objectContaining({ name: 'made_at', isOptional: true }),
        ]);
        expect(described.partitions).toEqual({
          column: 'day',
          keyType: 'date',
          hasDefault: false,
          ranges: [
            { name: `${table}_1`, from: 20_250_101, to: 20_250_201 },
            { name: `${table}_2`, from: 20_250_201, to: 20_250_301 },
          ],
        });
      });

      it('is found by schema and name, and its name is only a name', async () => {
        expect((await at.imports.describe(`public.${table}`)).name).toBe(table);
        const hostile = `${table}"; DROP TABLE ${table}; --`;
        for (const name of [hostile, 'nowhere', 'no.where', 'a.b.c', '', 'pg_stat_activity']) {
          await expect(at.imports.describe(name)).rejects.toMatchObject({ code: 'table.unknown' });
        }
        expect(await count()).toBe(0);
      });

      it('tells generated columns, open bounds and a default partition', async () => {
        const other = freshName('other');
        await at.query(`
          CREATE TABLE ${other} (n bigint GENERATED ALWAYS AS IDENTITY, k integer, double integer GENERATED ALWAYS AS (k * 2) STORED)
            PARTITION BY RANGE (k);
          CREATE TABLE ${other}_low PARTITION OF ${other} FOR VALUES FROM (MINVALUE) TO (-5);
          CREATE TABLE ${other}_rest PARTITION OF ${other} DEFAULT`);
        const { columns, partitions } = await at.imports.describe(other);
        expect(columns.map(({ isGenerated }) => isGenerated)).toEqual([true, false, true]);
        expect(partitions).toEqual({
          column: 'k',
          keyType: 'integer',
          hasDefault: true,
          ranges: [{ name: `${other}_low`, from: -Infinity, to: -5 }],
        });
      });
    });

    describe('an import', () => {
      it('shows nothing before its end, and rows, bad rows and record together then', async () => {
        const id = randomUUID();
        const bad = { line: 3, raw: Buffer.from('x,y\t\\'), rule: 'fields', message: 'Two fields.' } as const;
        const record = await run(
          async (session) => {
            await session.write(batchOf([row(1), row(2)]));
            await session.reject([bad]);
            expect(await count()).toBe(0);
            expect(await at.imports.get(id)).toBeUndefined();
          },
          { request: { id }, outcome: { rows: 3, imported: 2, rejected: 1 } },
        );
        expect(record).toMatchObject({ id, table, state: 'succeeded', rows: 3, imported: 2, rejected: 1 });
        expect(await at.imports.get(id)).toEqual(record);
        expect(await count()).toBe(2);
        expect(await at.imports.errors(record, { limit: 9 })).toEqual([
          {
            id: expect.any(String),
            importId: id,
            tableName: table,
            lineNumber: 3,
            rawRecord: 'x,y\t\\',
            columnName: null,
            value: null,
            rule: 'fields',
            message: 'Two fields.',
            createdAt: expect.any(Date),
          },
        ]);
      });

      it('that is refused leaves bad rows and a record, and no row', async () => {
        const record = await run(
          async (session) => {
            await session.write(batchOf([row(1)]));
            await session.reject([{ line: 2, raw: Buffer.from('x'), rule: 'type', message: 'No.' }]);
          },
          { outcome: { verdict: 'refuse', reason: 'Too many.', imported: 0 } },
        );
        expect(record).toMatchObject({ state: 'failed', reason: 'Too many.', imported: 0 });
        expect(await count()).toBe(0);
        expect(await at.imports.errors(record, { limit: 9 })).toHaveLength(1);
      });

      it('that is dropped leaves nothing', async () => {
        const record = await run((session) => session.write(batchOf([row(1)])), { outcome: { verdict: 'drop' } });
        expect(await count()).toBe(0);
        expect(await at.imports.get(record.id)).toBeUndefined();
        expect((await at.query(`SELECT to_regclass('${table}_errors') AS found`))[0]!['found']).toBeNull();
      });

      it('that fails leaves nothing, and tells the error of whoever loaded', async () => {
        const failure = new Error('the file is gone');
        await expect(
          run(async (session) => {
            await session.write(batchOf([row(1)]));
            throw failure;
          }),
        ).rejects.toBe(failure);
        expect(await count()).toBe(0);
      });

      it('that is cancelled leaves nothing, also while the database is at work', async () => {
        const controller = new AbortController();
        const running = run(
          async (session) => {
            await session.write(batchOf([row(1)]));
            const slow = session.write(batchOf(Array.from({ length: MANY }, (_, n) => row(n + 10))));
            controller.abort();
            await slow;
          },
          { request: { signal: controller.signal } },
        );
        await expect(running).rejects.toMatchObject({ code: 'import.cancelled' });
        expect(await count()).toBe(0);
      });

      it('keeps an error table that is there, with what is in it', async () => {
        const reject = (session: ImportSession) =>
          session.reject([{ line: 2, raw: Buffer.from('x'), rule: 'type', message: 'No.' }]);
        const one = await run(reject);
        const two = await run(reject);
        expect(await at.query(`SELECT import_id FROM ${table}_errors ORDER BY id`)).toEqual([
          { import_id: one.id },
          { import_id: two.id },
        ]);
        await at.query(`CREATE TABLE ${table}_other (id int)`);
        await expect(run(reject, { request: { errorTable: `${table}_other` } })).rejects.toMatchObject({
          code: 'schema.invalid',
        });
      });

      it('keeps bad rows whatever their bytes are, cut to a bounded length', async () => {
        const raws = [
          Buffer.from([0xff, 0x00, 0x41, 0x09, 0x0a, 0x0d, 0x5c]),
          Buffer.alloc(100_000, 'x'),
          Buffer.alloc(0),
        ];
        const record = await run((session) =>
          session.reject(raws.map((raw, line) => ({ line, raw, rule: 'csv', message: 'No\u0000.', value: '\u0000' }))),
        );
        const errors = await at.imports.errors(record, { limit: 9 });
        expect(errors.map(({ rawRecord }) => rawRecord)).toEqual(['\uFFFD\uFFFDA\t\n\r\\', `${'x'.repeat(8192)}…`, '']);
      });
    });

    describe('rows that only the database can refuse', () => {
      it('are left out and told one by one, the others land', async () => {
        const lines = [
          row(1),
          row(2, '2025-01-15', 'nobody'),
          row(3, '2030-01-01'),
          row(4, '2025-02-29'),
          row('five'),
          `6,2025-01-15,,1.00`,
          row(1),
          row(8, '2025-02-03', 'x'.repeat(41)),
          `9,2025-01-15,"nine, really",99999.99`,
          `10,2025-01-15,ten,`,
          row(11),
        ];
        const refused = await refusedOf(lines);
        expect(refused.map(({ row: place, rule }) => [place, rule])).toEqual([
          [1, 'check'],
          [2, 'partition'],
          [3, 'type'],
          [4, 'type'],
          [5, 'nullable'],
          [6, expect.stringMatching(/unique/)],
          [7, 'database'],
          [8, 'database'],
        ]);
        expect(refused.find(({ row: place }) => place === 4)).toMatchObject({ column: 'id' });
        expect(await at.query(`SELECT id FROM ${table} ORDER BY id`)).toEqual([{ id: 1 }, { id: 10 }, { id: 11 }]);
      });

      it('are keys that come twice: the first row lands, of those in the table none', async () => {
        await at.query(`INSERT INTO ${table} VALUES (7, '2025-01-15', 'here before', 1)`);
        const refused = await refusedOf([row(1), row(7), row(2), row(1, '2025-01-16'), row(2), row(2)]);
        const key = { rule: 'unique', column: 'day, id', message: 'The key (day, id) is there already.' };
        expect(refused).toEqual([
          { ...key, row: 1, value: '2025-01-15, 7' },
          { ...key, row: 4, value: '2025-01-15, 2' },
          { ...key, row: 5, value: '2025-01-15, 2' },
        ]);
        expect(await count()).toBe(4);
      });

      it('are rows that a trigger or another table does not want', async () => {
        const other = freshName('product');
        await at.query(`
          CREATE TABLE ${other} (id integer PRIMARY KEY); INSERT INTO ${other} VALUES (1), (2), (3);
          ALTER TABLE ${table} ADD FOREIGN KEY (id) REFERENCES ${other};
          CREATE FUNCTION ${table}_no() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.amount > 5 THEN RAISE 'too dear'; END IF; RETURN NEW; END $$;
          CREATE TRIGGER no BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_no()`);
        const refused = await refusedOf([row(1), row(9), `2,2025-01-15,two,9.00`, row(3)]);
        expect(refused.map(({ row: place, rule }) => [place, rule])).toEqual([
          [1, 'foreign_key'],
          [2, 'database'],
        ]);
        expect(await count()).toBe(2);
      });

      it('do not keep later batches from landing', async () => {
        const refused: (readonly RefusedRow[])[] = [];
        await run(async (session) => {
          for (let n = 0; n < 6; n += 1)
            refused.push(await session.write(batchOf([row(n * 2), row(0), row(n * 2 + 1)])));
        });
        expect(refused.map((rows) => rows.length)).toEqual([1, 1, 1, 1, 1, 1]);
        expect(await count()).toBe(12);
      });

      it('are found among many without trying each', async () => {
        const lines = Array.from({ length: 5000 }, (_, n) => row(n, n % 500 === 7 ? '2031-01-01' : '2025-02-02'));
        const refused = await refusedOf(lines);
        expect(refused.map(({ row: place }) => place)).toEqual([
          7, 507, 1007, 1507, 2007, 2507, 3007, 3507, 4007, 4507,
        ]);
        expect(await count()).toBe(4990);
      });
    });

    describe.each([
      ['that the database finds', (lines: readonly string[]) => batchOf(lines)],
      ['that are known of each row', (lines: readonly string[]) => withPlaces(batchOf(lines))],
    ])('empty partitions %s', (_name, placed) => {
      const many = (day: (n: number) => string): RowBatch =>
        placed(Array.from({ length: MANY }, (_, n) => row(n, day(n))));
      const days = (n: number): string => (n % 2 ? '2025-01-10' : '2025-02-10');
      const shape = () =>
        at.query(`
          SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound,
                 (SELECT array_agg(x.relname || ' ' || i.indisvalid || i.indisprimary ORDER BY x.relname) FROM pg_index i
                  JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid) AS indexes,
                 (SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 'n') AS constraints
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = '${table}'::regclass ORDER BY 1`);
      const leftovers = () => at.query(`SELECT relname FROM pg_class WHERE relname LIKE 'penstock_import%'`);

      it('are filled and look as before, indexes and constraints included', async () => {
        const before = await shape();
        await run((session) => session.write(many(days)));
        expect(await count()).toBe(MANY);
        expect(await shape()).toEqual(before);
        expect(await leftovers()).toEqual([]);
        await expect(at.query(`INSERT INTO ${table} VALUES (1, '2025-01-10', 'again', 1)`)).rejects.toThrow();
        const [plan] = await at.query(`EXPLAIN SELECT FROM ${table} WHERE day = '2025-01-10' AND id = 1`);
        expect(JSON.stringify(plan)).toContain(`${table}_1`);
      });

      it('are filled beside others that have rows already', async () => {
        await at.query(`INSERT INTO ${table} VALUES (-1, '2025-02-01', 'before', 1)`);
        await run((session) => session.write(many((n) => (n % 10 ? '2025-01-10' : '2025-02-10'))));
        expect(await count()).toBe(MANY + 1);
        expect(await leftovers()).toEqual([]);
      });

      it('are left alone by a trial', async () => {
        await run((session) => session.write(many(days)), { outcome: { verdict: 'drop' } });
        expect(await count()).toBe(0);
        expect(await leftovers()).toEqual([]);
      });

      it('take the first of rows with the same key, whose lines are found by going through the file once more', async () => {
        let loads = 0;
        const refused: (readonly RefusedRow[])[] = [];
        const first = Array.from({ length: MANY }, (_, n) => row(n, days(n)));
        first[7] = `7,${days(7)},nobody,1.50`; // left out, so that a later 7 is the first
        first[100] = `+0100,"${days(100)}","a name, the first",1.50`;
        const record = await run(async (session) => {
          loads += 1;
          refused.splice(0);
          for (const lines of [
            first,
            [row(5, days(5)), row(7, days(7)), row(-5)],
            [row(100, days(100)), row(7, days(7)), row(5, days(6))],
          ])
            refused.push(await session.write(placed(lines)));
          await session.reject([{ line: 1, raw: Buffer.from('x'), rule: 'csv', message: `Load ${loads}.` }]);
        });
        expect(loads).toBe(2);
        expect(refused.map((rows) => rows.map(({ row: place, rule }) => [place, rule]))).toEqual([
          [[7, 'check']],
          [[0, 'unique']],
          [
            [0, 'unique'],
            [1, 'unique'],
          ],
        ]);
        expect(refused[1]![0]).toEqual({
          row: 0,
          rule: 'unique',
          column: 'day, id',
          value: '2025-01-10, 5',
          message: 'The key (day, id) is there already.',
        });
        expect(await count()).toBe(MANY + 2);
        expect(await at.query(`SELECT name FROM ${table} WHERE id = 100`)).toEqual([{ name: 'a name, the first' }]);
        expect((await at.imports.errors(record, { limit: 9 })).map(({ message }) => message)).toEqual(['Load 2.']);
        expect(await leftovers()).toEqual([]);
      });

      it('take rows one by one in the end, where keys cannot be told from the file', async () => {
        await at.query(`DROP TABLE ${table}; CREATE TABLE ${table} (id uuid, day date, name text, amount numeric, PRIMARY KEY (day, id))
          PARTITION BY RANGE (day); CREATE TABLE ${table}_1 PARTITION OF ${table} FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')`);
        const uuid = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
        let loads = 0;
        let refused: readonly RefusedRow[] = [];
        await run(async (session) => {
          loads += 1;
          await session.write(placed(Array.from({ length: MANY }, (_, n) => row(uuid(n)))));
          refused = await session.write(placed([row(uuid(1).toUpperCase()), row(`{${uuid(MANY)}}`)]));
        });
        expect([loads, refused.map(({ row: place, rule }) => [place, rule])]).toEqual([2, [[0, 'unique']]]);
        expect(await count()).toBe(MANY + 1);
      });

      it('are loaded row by row when that cannot be repeated', async () => {
        let loads = 0;
        const load = async (session: ImportSession): Promise<void> => {
          loads += 1;
          await session.write(many(days));
          await session.write(placed([row(5, days(5))]));
        };
        await run(load, { request: { isRepeatable: false } });
        expect([loads, await count()]).toEqual([1, MANY]);
      });

      it('keep their triggers and their rights: then rows go into them one by one', async () => {
        await at.query(`
          CREATE TABLE ${table}_log (n bigint);
          CREATE FUNCTION ${table}_count() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO ${table}_log SELECT count(*) FROM added; RETURN NULL; END $$;
          CREATE TRIGGER counted AFTER INSERT ON ${table} REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION ${table}_count();
          GRANT SELECT ON ${table}_1 TO PUBLIC`);
        await run((session) => session.write(many(days)));
        expect(await at.query(`SELECT sum(n)::int AS n FROM ${table}_log`)).toEqual([{ n: MANY }]);
        const [grants] = await at.query(`SELECT relacl IS NOT NULL AS kept FROM pg_class WHERE relname = '${table}_1'`);
        expect(grants).toEqual({ kept: true });
      });

      it('with rights of their own stay the tables they are, beside others that are replaced', async () => {
        await at.query(`GRANT SELECT ON ${table}_1 TO PUBLIC`);
        const oids = () => at.query(`SELECT '${table}_1'::regclass::oid AS one, '${table}_2'::regclass::oid AS two`);
        const [before] = await oids();
        await run((session) => session.write(many((n) => (n % 10 ? '2025-02-10' : '2025-01-10'))));
        const [after] = await oids();
        expect([after!['one'] === before!['one'], after!['two'] === before!['two']]).toEqual([true, false]);
        expect(await count()).toBe(MANY);
      });

      it('that somebody uses meanwhile get their rows one by one', async () => {
        await at.query(`CREATE VIEW ${table}_view AS SELECT * FROM ${table}_1`);
        await run((session) => session.write(many(days)));
        expect(await at.query(`SELECT count(*)::int AS n FROM ${table}_view`)).toEqual([{ n: MANY / 2 }]);
        expect(await leftovers()).toEqual([]);
      });

      it('that somebody fills meanwhile keep what they got', async () => {
        await run(async (session) => {
          await session.write(many(days));
          await at.query(`INSERT INTO ${table} VALUES (-1, '2025-01-01', 'meanwhile', 1)`);
        });
        expect(await count()).toBe(MANY + 1);
        expect(await leftovers()).toEqual([]);
      });

      it('that were made first stay when the others turn out to be filled', async () => {
        await at.query(`INSERT INTO ${table} SELECT -n, '2025-01-01', 'before', 1 FROM generate_series(1, 10) n`);
        await at.query(`INSERT INTO ${table} SELECT -n, '2025-02-01', 'before', 1 FROM generate_series(1, 10) n`);
        await run(async (session) => {
          await session.createPartition({ from: 20_250_401, to: 20_250_501 });
          const refused = await session.write(many((n) => (n % 10 ? days(n) : '2025-04-10')));
          expect(refused).toEqual([]);
        });
        expect(await count()).toBe(MANY + 20);
      });

      it('may be made on the way', async () => {
        await run(async (session) => {
          await session.write(many(days));
          expect(await session.createPartition({ from: 20_250_301, to: 20_250_401 })).toBe(`${table}_2025_03`);
          await session.write(placed([row(1, '2025-03-31')]));
        });
        expect(await count()).toBe(MANY + 1);
        const { partitions } = await at.imports.describe(table);
        expect(partitions?.ranges.at(-1)).toEqual({ name: `${table}_2025_03`, from: 20_250_301, to: 20_250_401 });
      });
    });

    describe('the same content', () => {
      it('is refused a second time, and found before it is loaded', async () => {
        const content = { sha256: randomUUID(), bytes: 4711 };
        const first = await run((session) => session.write(batchOf([row(1)])), { outcome: content });
        expect(await at.imports.findEarlier(table, content)).toEqual(first);
        expect(await at.imports.findEarlier(table, { bytes: 4711 })).toEqual(first);
        expect(await at.imports.findEarlier(table, { ...content, sha256: 'other' })).toBeUndefined();
        const second = run((session) => session.write(batchOf([row(2)])), { outcome: content });
        await expect(second).rejects.toMatchObject({ code: 'import.duplicate' });
        expect(await count()).toBe(1);
      });

      it('is taken again by force, after a failure, and into a table that was made anew', async () => {
        const content = { sha256: randomUUID(), bytes: 4711 };
        await run(async () => undefined, { outcome: { ...content, verdict: 'refuse', reason: 'No.' } });
        await run((session) => session.write(batchOf([row(1)])), { outcome: content });
        await run((session) => session.write(batchOf([row(2)])), { outcome: content, request: { isForced: true } });
        expect(await count()).toBe(2);
        await at.query(`DROP TABLE ${table}; CREATE TABLE ${table} (id int, day date, name text, amount numeric)`);
        expect(await at.imports.findEarlier(table, content)).toBeUndefined();
        await run((session) => session.write(batchOf([row(1)])), { outcome: content });
        expect(await count()).toBe(1);
      });

      it('lands once when it comes twice at the same time', async () => {
        const content = { sha256: randomUUID(), bytes: 4711 };
        const results = await Promise.allSettled(
          [1, 2, 3].map((id) => run((session) => session.write(batchOf([row(id)])), { outcome: content })),
        );
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
        expect(results.filter(({ status }) => status === 'rejected')).toEqual(
          [1, 2].map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'import.duplicate' }) })),
        );
        expect(await count()).toBe(1);
      });
    });

    it('lists imports by table, newest first, page by page', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1) ids.unshift((await run(async () => undefined)).id);
      const seen: string[] = [];
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const page = await at.imports.list({ table, limit: 2, ...(after !== undefined && { after }) });
        seen.push(...page.imports.map(({ id }) => id));
        after = page.next;
      }
      expect(seen).toEqual(ids);
      expect(await at.imports.get(randomUUID())).toBeUndefined();
      expect(await at.imports.get('no uuid')).toBeUndefined();
    });

    it('says that the database is unreachable', async () => {
      const { unreachable } = at;
      const asked = await Promise.allSettled([
        unreachable.describe(table),
        unreachable.findEarlier(table, { bytes: 1 }),
        unreachable.run(request(), async () => outcome()),
        unreachable.list({ limit: 1 }),
        unreachable.get(randomUUID()),
      ]);
      expect(asked).toEqual(
        asked.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'database.unreachable' }) })),
      );
    });
  });
}
