import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowBatch, StreamTables, TableDefinition } from '../../src/domain/ports/stream-tables.port.js';
import type { Column } from '../../src/domain/shared/column.js';
import type { TableName } from '../../src/domain/shared/table-name.js';
import { freshName } from '../support/engine-of.js';

export interface StreamTablesHarness {
  readonly tables: StreamTables;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: StreamTables;
  readonly database: string;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

const SIGNAL = new AbortController().signal;
const COLUMNS: readonly Column[] = [
  { name: 'user_id', type: 'Int64' },
  { name: 'session', type: 'Nullable(String)' },
  { name: 'amount', type: 'Nullable(Float64)' },
  { name: 'at', type: 'Nullable(DateTime64(3))' },
  { name: 'paid', type: 'Nullable(Bool)' },
];

/** What every StreamTables adapter promises; run it on each engine the adapter claims to speak to. */
export function streamTablesContract(engine: string, open: () => Promise<StreamTablesHarness>): void {
  describe(`StreamTables on ${engine}`, () => {
    let at: StreamTablesHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const fresh = (): TableName => ({ database: at.database, table: freshName('events') });
    const definition = (change: Partial<TableDefinition> = {}): TableDefinition => ({
      name: fresh(),
      columns: COLUMNS,
      orderBy: ['user_id'],
      connectorId: 'orders-1',
      ...change,
    });
    const batch = (table: TableName, rows: readonly unknown[], change: Partial<RowBatch> = {}): RowBatch => ({
      table,
      token: 'stream:shard:1-2',
      lines: rows.map((row) => Buffer.from(typeof row === 'string' ? row : JSON.stringify(row))),
      skipUnknownFields: false,
      ...change,
    });
    const created = async (change: Partial<TableDefinition> = {}): Promise<TableName> => {
      const wanted = definition(change);
      await at.tables.create(wanted);
      return wanted.name;
    };
    const count = async ({ database, table }: TableName): Promise<number> => {
      const [[found] = []] = await at.rows(`SELECT count() FROM ${database}.${table}`);
      return Number(found);
    };

    describe('creating', () => {
      it('makes the table as the document shows it, with an id of its own', async () => {
        const name = fresh();
        const columns = [
          { name: 'column_name_1', type: 'String' },
          { name: 'column_name_2', type: 'Int32' },
          { name: 'columns_name_3', type: 'Boolean' },
        ];
        const table = await at.tables.create({ name, columns, orderBy: ['column_name_1'], connectorId: 'c' });
        expect(table.statement).toContain(
          `CREATE TABLE ${name.database}.${name.table}(column_name_1 String, column_name_2 Int32, ` +
            'columns_name_3 Boolean) ENGINE = MergeTree() PRIMARY KEY column_name_1',
        );
        expect(table.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(table.uuid).not.toMatch(/^0{8}/);
        expect(table.columns).toEqual([...columns.slice(0, 2), { name: 'columns_name_3', type: 'Bool' }]);
      });

      it('lets a table be found again, with the connector it belongs to', async () => {
        const wanted = definition({ connectorId: "o'clock\\1" });
        const made = await at.tables.create(wanted);
        expect(await at.tables.find(wanted.name)).toMatchObject({
          uuid: made.uuid,
          connectorId: "o'clock\\1",
          columns: COLUMNS,
        });
      });

      it('does not take a table of a stranger for its own', async () => {
        const name = fresh();
        await at.run(`CREATE TABLE ${name.database}.${name.table} (a Int8) ENGINE = MergeTree() ORDER BY a`);
        expect(await at.tables.find(name)).not.toHaveProperty('connectorId');
      });

      it('finds no table that is not there', async () => {
        expect(await at.tables.find(fresh())).toBeUndefined();
      });

      it('takes names that only quoting makes names, and does with them nothing else', async () => {
        const name = { database: at.database, table: `${freshName('odd')}\`; DROP TABLE x --'` };
        const columns = [{ name: 'from`"\\\'', type: 'String' }];
        await at.tables.create({ name, columns, orderBy: [], connectorId: 'c' });
        await at.tables.insert(batch(name, [{ [columns[0]?.name ?? '']: 'x' }]), SIGNAL);
        expect((await at.tables.find(name))?.columns).toEqual(columns);
      });

      it.each([
        ['an unknown type', [{ name: 'a', type: 'Strin' }], ['a']],
        ['a second statement in a type', [{ name: 'a', type: 'String) ENGINE = Memory; --' }], ['a']],
        ['a type the server does not make', [{ name: 'a', type: 'LowCardinality(UUIDD)' }], ['a']],
        ['a Nullable sort key', [{ name: 'a', type: 'Nullable(String)' }], ['a']],
        ['an unknown sort key', [{ name: 'a', type: 'String' }], ['b']],
      ])('refuses %s and creates nothing', async (_, columns, orderBy) => {
        const name = fresh();
        const creating = at.tables.create({ name, columns, orderBy, connectorId: 'c' });
        await expect(creating).rejects.toMatchObject({ code: 'schema.invalid' });
        expect(await at.tables.find(name)).toBeUndefined();
      });

      it('refuses a name that is taken, and leaves that table as it is', async () => {
        const wanted = definition();
        const { uuid } = await at.tables.create(wanted);
        await expect(at.tables.create({ ...wanted, connectorId: 'other' })).rejects.toMatchObject({
          code: 'table.exists',
        });
        expect(await at.tables.find(wanted.name)).toMatchObject({ uuid, connectorId: 'orders-1' });
      });

      it('refuses a database that is not there', async () => {
        const name = { database: freshName('nowhere'), table: 't' };
        await expect(at.tables.create(definition({ name }))).rejects.toMatchObject({ code: 'database.unknown' });
      });

      it('drops the table it is told by name and id', async () => {
        const wanted = definition();
        const { uuid } = await at.tables.create(wanted);
        await at.tables.drop(wanted.name, '00000000-0000-0000-0000-000000000001');
        expect(await at.tables.find(wanted.name)).toMatchObject({ uuid });
        await at.tables.drop(wanted.name, uuid);
        expect(await at.tables.find(wanted.name)).toBeUndefined();
        await expect(at.tables.drop(wanted.name, uuid)).resolves.toBeUndefined();
      });
    });

    describe('inserting', () => {
      it('stores every row of a batch, with its values', async () => {
        const table = await created();
        const row = { user_id: 7, session: 'naïve "x"\n', amount: 1.5, at: '2024-05-01T12:00:00.123Z', paid: true };
        await at.tables.insert(batch(table, [row, { user_id: 8 }]), SIGNAL);
        const stored = await at.rows(`SELECT * FROM ${table.database}.${table.table} ORDER BY user_id`);
        expect(stored).toEqual([
          ['7', 'naïve "x"\n', 1.5, '2024-05-01 12:00:00.123', true],
          ['8', null, null, null, null],
        ]);
      });

      it('stores a token once, whatever the rows are', async () => {
        const table = await created();
        await at.tables.insert(batch(table, [{ user_id: 1 }, { user_id: 2 }]), SIGNAL);
        await at.tables.insert(batch(table, [{ user_id: 1 }, { user_id: 2 }]), SIGNAL);
        await at.tables.insert(batch(table, [{ user_id: 3 }]), SIGNAL);
        expect(await count(table)).toBe(2);
      });

      it('stores equal rows under different tokens twice', async () => {
        const table = await created();
        await at.tables.insert(batch(table, [{ user_id: 1 }], { token: 'a' }), SIGNAL);
        await at.tables.insert(batch(table, [{ user_id: 1 }], { token: 'b' }), SIGNAL);
        expect(await count(table)).toBe(2);
      });

      it('keeps the tokens of two tables apart', async () => {
        const [one, other] = [await created(), await created()];
        await at.tables.insert(batch(one, [{ user_id: 1 }]), SIGNAL);
        await at.tables.insert(batch(other, [{ user_id: 1 }]), SIGNAL);
        expect(await count(other)).toBe(1);
      });

      it('counts a repeated batch once in a dependent materialized view', async () => {
        const { database, table } = await created();
        await at.run(
          `CREATE MATERIALIZED VIEW ${database}.${table}_mv (k UInt8, n UInt64) ENGINE = SummingMergeTree ORDER BY k` +
            ` SETTINGS non_replicated_deduplication_window = 10000` +
            ` AS SELECT 1 AS k, count() AS n FROM ${database}.${table} GROUP BY k`,
        );
        const rows = Array.from({ length: 1000 }, (_, index) => ({ user_id: index }));
        await at.tables.insert(batch({ database, table }, rows), SIGNAL);
        await at.tables.insert(batch({ database, table }, rows), SIGNAL);
        const other = rows.map(({ user_id }) => ({ user_id: user_id + 1 }));
        await at.tables.insert(batch({ database, table }, other, { token: 'another' }), SIGNAL);
        expect(await at.rows(`SELECT sum(n) FROM ${database}.${table}_mv`)).toEqual([['2000']]);
        expect(await count({ database, table })).toBe(2000);
      });

      it('stores a large batch as one part, so that it is there as a whole or not at all', async () => {
        const table = await created();
        const rows = Array.from({ length: 120_000 }, (_, index) => ({ user_id: index, session: 'x'.repeat(180) }));
        await at.tables.insert(batch(table, rows), SIGNAL);
        const parts = await at.rows(
          `SELECT count(), sum(rows) FROM system.parts` +
            ` WHERE database = '${table.database}' AND table = '${table.table}' AND level = 0 AND active`,
        );
        expect(parts).toEqual([['1', '120000']]);
      });

      it('takes an empty batch for done', async () => {
        const table = await created();
        await at.tables.insert(batch(table, []), SIGNAL);
        expect(await count(table)).toBe(0);
      });

      it('stores nothing of a batch with a row that does not fit, and the rest later under the same token', async () => {
        const table = await created();
        const rows = [{ user_id: 1 }, { user_id: 'seven' }, { user_id: 3 }];
        await expect(at.tables.insert(batch(table, rows), SIGNAL)).rejects.toMatchObject({ code: 'rows.rejected' });
        expect(await count(table)).toBe(0);
        await at.tables.insert(batch(table, [rows[0], rows[2]]), SIGNAL);
        expect(await count(table)).toBe(2);
      });

      it('tells nothing of the values it refuses', async () => {
        const table = await created();
        const error: unknown = await at.tables
          .insert(batch(table, [{ user_id: 'top-secret' }]), SIGNAL)
          .catch((cause: unknown) => cause);
        const told: string[] = [];
        for (let cause = error; cause instanceof Error; cause = cause.cause)
          told.push(cause.message, cause.stack ?? '');
        expect(told.length).toBeGreaterThan(0);
        expect(told.join('\n')).not.toContain('top-secret');
      });

      it('refuses unknown fields, or leaves them out, as told', async () => {
        const table = await created();
        const rows = [{ user_id: 1, colour: 'red' }];
        await expect(at.tables.insert(batch(table, rows), SIGNAL)).rejects.toMatchObject({ code: 'rows.rejected' });
        await at.tables.insert(batch(table, rows, { skipUnknownFields: true }), SIGNAL);
        expect(await count(table)).toBe(1);
      });

      it('does not blame rows for a view that fails', async () => {
        const { database, table } = await created();
        await at.run(
          `CREATE MATERIALIZED VIEW ${database}.${table}_mv (n Int64) ENGINE = MergeTree ORDER BY n` +
            ` AS SELECT toInt64(session) AS n FROM ${database}.${table}`,
        );
        const inserting = at.tables.insert(batch({ database, table }, [{ user_id: 1, session: 'no number' }]), SIGNAL);
        await expect(inserting).rejects.toMatchObject({ code: 'warehouse.refused' });
      });

      it('names a table that is not there', async () => {
        const inserting = at.tables.insert(batch(fresh(), [{ user_id: 1 }]), SIGNAL);
        await expect(inserting).rejects.toMatchObject({ code: 'table.unknown' });
      });

      it('says that the warehouse is unreachable when it is, or when the caller gives up', async () => {
        const table = await created();
        const rows = batch(table, [{ user_id: 1 }]);
        await expect(at.unreachable.insert(rows, SIGNAL)).rejects.toMatchObject({ code: 'warehouse.unreachable' });
        await expect(at.tables.insert(rows, AbortSignal.abort())).rejects.toMatchObject({
          code: 'warehouse.unreachable',
        });
      });
    });

    describe('adding columns', () => {
      it('adds those that are not there, and rows can use them at once', async () => {
        const table = await created();
        const added = [
          { name: 'session', type: 'Nullable(Int8)' },
          { name: 'colour', type: 'Nullable(String)' },
        ];
        await at.tables.addColumns(table, added);
        await at.tables.addColumns(table, added);
        expect((await at.tables.find(table))?.columns).toEqual([...COLUMNS, added[1]]);
        await at.tables.insert(batch(table, [{ user_id: 1, colour: 'red' }]), SIGNAL);
        expect(await count(table)).toBe(1);
      });

      it('refuses a type that is none, and adds nothing', async () => {
        const table = await created();
        const columns = [
          { name: 'fine', type: 'Nullable(String)' },
          { name: 'odd', type: 'Strin' },
        ];
        await expect(at.tables.addColumns(table, columns)).rejects.toMatchObject({ code: 'schema.invalid' });
        expect((await at.tables.find(table))?.columns).toEqual(COLUMNS);
      });

      it('names a table that is not there', async () => {
        const adding = at.tables.addColumns(fresh(), [{ name: 'a', type: 'Nullable(String)' }]);
        await expect(adding).rejects.toMatchObject({ code: 'table.unknown' });
      });
    });

    describe('finding rejected rows', () => {
      it('finds each row that does not fit, with its code and column, and stores nothing', async () => {
        const table = await created();
        const rows = [
          { user_id: 1 },
          { user_id: 'seven' },
          { user_id: 2, amount: 'much' },
          { user_id: 3, colour: 'red' },
          '{"user_id": 4,, "amount": 1}',
          { user_id: 5, at: 'yesterday' },
          { user_id: 6, paid: 'maybe', amount: 1 },
          {},
        ];
        const rejected = await at.tables.findRejected(batch(table, rows), SIGNAL);
        expect(rejected.map(({ index, code, column }) => [index, code, column])).toEqual([
          [1, 'record.wrong-type', 'user_id'],
          [2, 'record.wrong-type', 'amount'],
          [3, 'record.unknown-field', 'colour'],
          [4, 'record.not-json', undefined],
          [5, 'record.wrong-type', 'at'],
          [6, 'record.wrong-type', 'paid'],
        ]);
        expect(JSON.stringify(rejected)).not.toMatch(/seven|much|yesterday|maybe/);
        expect(await count(table)).toBe(0);
      });

      it('is of one mind with insert', async () => {
        const table = await created();
        const rows = [{ user_id: 1 }, { user_id: [] }, { user_id: 3 }, { user_id: 4, at: 'x' }];
        const rejected = await at.tables.findRejected(batch(table, rows), SIGNAL);
        const indexes = new Set(rejected.map(({ index }) => index));
        for (const [index, row] of rows.entries()) {
          const inserted = await at.tables.insert(batch(table, [row], { token: `row ${index}` }), SIGNAL).then(
            () => true,
            (error: { code: string }) => error.code !== 'rows.rejected',
          );
          expect([index, inserted]).toEqual([index, !indexes.has(index)]);
        }
      });

      it('refuses integers that would wrap around, nested names aside', async () => {
        const columns = [
          { name: 'id', type: 'Int64' },
          { name: 'small', type: 'Nullable(UInt8)' },
          { name: 'raw', type: 'Nullable(String)' },
        ];
        const table = await created({ columns, orderBy: ['id'] });
        const rows = [
          '{"id":9223372036854775807,"small":255}',
          '{"id":9223372036854775808}',
          '{"id":-9223372036854775809}',
          '{"id":1,"small":256}',
          '{"id":2,"small":"300"}',
          '{"id":3,"raw":{"small":999,"id":99999999999999999999}}',
        ];
        const rejected = await at.tables.findRejected(batch(table, rows), SIGNAL);
        expect(rejected.map(({ index, code, column }) => [index, code, column])).toEqual([
          [1, 'record.wrong-type', 'id'],
          [2, 'record.wrong-type', 'id'],
          [3, 'record.wrong-type', 'small'],
          [4, 'record.wrong-type', 'small'],
        ]);
        await expect(at.tables.insert(batch(table, rows), SIGNAL)).rejects.toMatchObject({ code: 'rows.rejected' });
        await at.tables.insert(batch(table, [rows[0], rows[5]]), SIGNAL);
        const stored = await at.rows(`SELECT id, small FROM ${table.database}.${table.table} ORDER BY id`);
        expect(stored).toEqual([
          ['3', null],
          ['9223372036854775807', 255],
        ]);
      });

      it('follows a column that was altered', async () => {
        const columns = [{ name: 'n', type: 'UInt8' }];
        const table = await created({ columns, orderBy: [] });
        const rows = batch(table, [{ n: 300 }]);
        await expect(at.tables.insert(rows, SIGNAL)).rejects.toMatchObject({ code: 'rows.rejected' });
        await at.run(`ALTER TABLE ${table.database}.${table.table} MODIFY COLUMN n UInt16`);
        await at.tables.insert(rows, SIGNAL);
        expect(await count(table)).toBe(1);
      });

      it('finds 500 of 50,000, neighbours and the last one among them', async () => {
        const table = await created();
        const bad = new Set([0, 1, 2, 49_999, ...Array.from({ length: 496 }, (_, index) => 100 + index * 99)]);
        const rows = Array.from({ length: 50_000 }, (_, index) =>
          bad.has(index) ? { user_id: 'x', session: 's' } : { user_id: index, session: 's' },
        );
        const rejected = await at.tables.findRejected(batch(table, rows), SIGNAL);
        expect(rejected.map(({ index }) => index)).toEqual([...bad].sort((a, b) => a - b));
        expect(new Set(rejected.map(({ column }) => column))).toEqual(new Set(['user_id']));
      });

      it('keeps every row apart, even when one does not end', async () => {
        const table = await created();
        const rows = ['{"user_id":1,"session":"open', { user_id: 2 }, '{"user_id":3,"amount":', { user_id: 4 }, ']'];
        const rejected = await at.tables.findRejected(batch(table, rows), SIGNAL);
        expect(rejected.map(({ index }) => index)).toEqual([0, 2, 4]);
      });

      it('finds none where all fit', async () => {
        const table = await created();
        const rows = batch(table, [{ user_id: 1, colour: 'x' }], { skipUnknownFields: true });
        expect(await at.tables.findRejected(rows, SIGNAL)).toEqual([]);
      });

      it('names a table that is not there', async () => {
        const finding = at.tables.findRejected(batch(fresh(), [{ user_id: 1 }]), SIGNAL);
        await expect(finding).rejects.toMatchObject({ code: 'table.unknown' });
      });
    });

    it('says that the warehouse is unreachable, whatever it is asked', async () => {
      const { unreachable } = at;
      const name = fresh();
      const columns = [{ name: 'a', type: 'Nullable(String)' }];
      const answers = await Promise.allSettled([
        unreachable.find(name),
        unreachable.create(definition({ name })),
        unreachable.addColumns(name, columns),
        unreachable.drop(name, 'x'),
        unreachable.findRejected(batch(name, [{ a: 1 }]), SIGNAL),
      ]);
      const codes = answers.map((answer) =>
        answer.status === 'rejected' ? (answer.reason as { code: string }).code : '',
      );
      expect(codes).toEqual(Array.from({ length: answers.length }, () => 'warehouse.unreachable'));
    });
  });
}
