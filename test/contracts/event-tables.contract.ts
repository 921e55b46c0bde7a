import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TABLE_ORDER, eventTableColumns } from '../../src/domain/event-pipelines/event-table.js';
import { generateEventSchema } from '../../src/domain/event-pipelines/generate-event-schema.js';
import type { EventTables } from '../../src/domain/ports/event-tables.port.js';
import type { RowBatch, StreamTables } from '../../src/domain/ports/stream-tables.port.js';
import type { TableName } from '../../src/domain/shared/table-name.js';
import { batchField } from '../../src/domain/stream-onboarding/event-fields.js';
import { type EventKey, eventKeyText } from '../../src/domain/stream-onboarding/event-format.js';
import { freshName } from '../support/engine-of.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';

export interface EventTablesHarness {
  readonly events: EventTables;
  readonly tables: StreamTables;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: EventTables;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

const SIGNAL = new AbortController().signal;
const [, PURCHASE] = SHOP_DOMAIN.eventTypes;
const COLUMNS = eventTableColumns(generateEventSchema(PURCHASE!, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
const AT = 1_700_000_000_123;
const KEYS = { idField: 'event_id', timeField: 'timestamp' };

/** What every EventTables adapter promises, next to the StreamTables of the same engine. */
export function eventTablesContract(engine: string, open: () => Promise<EventTablesHarness>): void {
  describe(`EventTables on ${engine}`, () => {
    let at: EventTablesHarness;
    const database = freshName('events');
    beforeAll(async () => {
      at = await open();
      await at.events.ensureDatabase(database);
    });
    afterAll(async () => {
      await at.run(`DROP DATABASE ${database}`);
      await at.close();
    });

    const created = async (): Promise<TableName> => {
      const name = { database, table: freshName('purchase') };
      await at.tables.create({ name, columns: COLUMNS, orderBy: EVENT_TABLE_ORDER, connectorId: 'c' });
      return name;
    };
    const batchOf = (table: TableName, token: string, keys: readonly EventKey[]): RowBatch => ({
      table,
      token,
      fields: batchField(token),
      lines: keys.map(({ id, time }) =>
        Buffer.from(
          `{"event_id":${JSON.stringify(id)},"timestamp":${time},"user_id":"u","order_id":null,"total_amount":9007199254740993,` +
            `"quantity":1.5,"device_type":"phone","country":"FR","_shard":"s","_sequence_number":"1","_timestamp":${AT + 1},"_watermark":0}`,
        ),
      ),
      skipUnknownFields: false,
    });
    const key = (id: string, ms = AT): EventKey => ({ id, time: String(ms) });
    const stored = async (table: TableName, events: readonly EventKey[], exceptBatch = 'other'): Promise<string[]> =>
      [...(await at.events.stored({ table, ...KEYS, events, exceptBatch }, SIGNAL))].sort();

    it('makes a database once, however often it is asked to', async () => {
      await at.events.ensureDatabase(database);
      const found = await at.rows(`SELECT count() FROM system.databases WHERE name = '${database}'`);
      expect(found).toEqual([['1']]);
    });

    it('stores times as the ticks they are, and the token of its insert with each row', async () => {
      const table = await created();
      await at.tables.insert(batchOf(table, 'tok"en', [key('a'), key('b', -5)]), SIGNAL);
      const columns =
        'event_id, toUnixTimestamp64Milli(timestamp), toUnixTimestamp64Milli(_watermark), total_amount, _batch';
      expect(await at.rows(`SELECT ${columns} FROM ${database}.${table.table} ORDER BY event_id`)).toEqual([
        ['a', String(AT), '0', '9007199254740993', 'tok"en'],
        ['b', '-5', '0', '9007199254740993', 'tok"en'],
      ]);
    });

    it('finds events by id and time, and leaves the rows of the insert itself aside', async () => {
      const table = await created();
      await at.tables.insert(batchOf(table, 'one', [key('a'), key('b', AT + 60_000)]), SIGNAL);
      await at.tables.insert(batchOf(table, 'two', [key('c')]), SIGNAL);
      const asked = [key('a'), key('a', AT + 1), key('b', AT + 60_000), key('c'), key('d')];
      expect(await stored(table, asked)).toEqual([key('a'), key('b', AT + 60_000), key('c')].map(eventKeyText).sort());
      expect(await stored(table, asked, 'one')).toEqual([eventKeyText(key('c'))]);
      expect(await stored(table, [])).toEqual([]);
    });

    it('finds ids whatever characters they are of', async () => {
      const table = await created();
      const ids = ["it's", 'back\\slash', 'tab\tline\n', 'größe', '"quoted"', '', '\\N', '{batch: String}'];
      const keys = ids.map((id) => key(id));
      await at.tables.insert(batchOf(table, 'one', keys), SIGNAL);
      expect(await stored(table, keys)).toEqual(keys.map(eventKeyText).sort());
    });

    it('finds any number of them, over any stretch of time', async () => {
      const table = await created();
      const keys = Array.from({ length: 60_000 }, (_, n) => key(`event-${n}`, AT + n * 977));
      await at.tables.insert(
        batchOf(
          table,
          'one',
          keys.filter((_, n) => n % 3 === 0),
        ),
        SIGNAL,
      );
      expect(await stored(table, keys)).toHaveLength(20_000);
    });

    it('says that there is no table', async () => {
      const table = { database, table: freshName('none') };
      await expect(stored(table, [key('a')])).rejects.toMatchObject({ code: 'table.unknown' });
    });

    it('says that the warehouse does not answer', async () => {
      const lookup = { table: { database, table: 'none' }, ...KEYS, events: [key('a')], exceptBatch: '' };
      await expect(at.unreachable.stored(lookup, SIGNAL)).rejects.toMatchObject({ code: 'warehouse.unreachable' });
      await expect(at.unreachable.ensureDatabase('d')).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    });
  });
}
