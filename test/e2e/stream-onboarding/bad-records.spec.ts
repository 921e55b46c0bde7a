import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

type Aggregator = new () => {
  addUserRecord(record: { partitionKey: string; data: Buffer }): void;
  build(): { partitionKey: string; data: Buffer };
};
const { RecordAggregator } = createRequire(import.meta.url)('aws-kinesis-agg') as { RecordAggregator: Aggregator };

let penstock: RunningPenstock;

beforeAll(async () => {
  penstock = await RunningPenstock.start();
});
afterAll(() => penstock.stop());

const SCHEMA = [
  { name: 'id', type: 'Int32' },
  { name: 'small', type: 'Nullable(UInt8)' },
  { name: 'at', type: 'Nullable(DateTime64(3))' },
];
/** Stands in values only: no reason and no line of the log may hold it. */
const SECRET = 'hunter2-of-the-records';

/** A stream with a table, and the records put before anything is copied: so that all of them are one batch. */
async function copied(records: readonly (object | string | Uint8Array)[], more: Body = {}, shards = 1) {
  const stream = await penstock.stream(shards);
  await penstock.put(stream, records);
  const table = `of_${stream.replaceAll('-', '_')}`;
  const id = await penstock.onboard(stream, table, { schema: SCHEMA, ...more });
  return { stream, table, id };
}

const originals = (letters: readonly Body[]): string[] => letters.map(({ bytes }) => String(bytes)).sort();
const base64 = (records: readonly (object | string | Uint8Array)[]): string[] =>
  records
    .map((record) =>
      record instanceof Uint8Array ? record : typeof record === 'string' ? record : JSON.stringify(record),
    )
    .map((record) => Buffer.from(record).toString('base64'))
    .sort();
const replay = (id: string, body: Body = {}) => penstock.post(`/api/connectors/${id}/dead-letters/replay`, body);
const ids = async (table: string): Promise<number[]> =>
  (await penstock.rows<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);

describe('records that cannot be rows', () => {
  const bad: [string, string | Uint8Array, string, string?][] = [
    ['not JSON', `{"id": 1, "${SECRET}`, 'record.not-json'],
    ['empty', ' ', 'record.not-json'],
    ['no object', `["${SECRET}"]`, 'record.not-json'],
    ['several objects', '{"id":1}{"id":2}', 'record.not-json'],
    ['several lines', '{"id":1}\n{"id":2}', 'record.not-json'],
    ['broken inside', '{"id":1,,"small":2}', 'record.not-json'],
    [
      'not UTF-8',
      Buffer.concat([Buffer.from('{"id":1,"text":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      'record.not-utf8',
    ],
    ['half a character', '{"id":1,"small":"\\ud83d"}', 'record.not-utf8'],
    ['a field twice', '{"id":1,"id":2}', 'record.not-json', 'id'],
    ['text for a number', `{"id":"${SECRET}"}`, 'record.wrong-type', 'id'],
    ['a number too large', '{"id":1,"small":256}', 'record.wrong-type', 'small'],
    ['a negative number for an unsigned one', '{"id":1,"small":-1}', 'record.wrong-type', 'small'],
    ['an object for a number', `{"id":{"a":"${SECRET}"}}`, 'record.wrong-type', 'id'],
    ['no time', `{"id":1,"at":"${SECRET}"}`, 'record.wrong-type', 'at'],
  ];
  let letters: Body[];
  let made: { stream: string; table: string; id: string };

  beforeAll(async () => {
    const good = Array.from({ length: 20 }, (_, n) => ({ id: 100 + n }));
    // Good ones before, between and behind the bad ones.
    const mixed = bad.flatMap(([, record], n) => [good[n] ?? {}, record]).concat(good.slice(bad.length));
    made = await copied([...mixed, { id: null, small: null }, '{"id":7,\n"small":\t"8"}', {}], {
      onNewField: 'reject',
    });
    letters = await penstock.untilLetters(made.id, bad.length);
  });

  it('do not keep the others from landing, nulls and missing fields as defaults', async () => {
    await penstock.untilCount(made.table, 23);
    expect(await ids(made.table)).toEqual([0, 0, 7, ...Array.from({ length: 20 }, (_, n) => 100 + n)]);
  });

  it('are kept byte for byte, and none twice', () => {
    expect(originals(letters)).toEqual(base64(bad.map(([, record]) => record)));
  });

  it.each(bad)('say what is wrong: %s', (_, record, code, column) => {
    const letter = letters.find(({ bytes }) => bytes === Buffer.from(record).toString('base64'));
    expect([letter?.['code'], letter?.['column']]).toEqual([code, column]);
    expect(letter).toMatchObject({ state: 'open', shardId: 'shardId-000000000000', partitionKey: expect.any(String) });
    expect(letter?.['sequenceNumber']).toMatch(/^\d{40,}$/);
    expect(letter?.['reason']).toMatch(/\.$/);
  });

  it('show no value in a reason, in the log, or in the connector', async () => {
    const reasons = letters.map(({ reason }) => reason).join();
    const view = JSON.stringify(await penstock.get(`/api/connectors/${made.id}`));
    expect(reasons + view + penstock.log).not.toContain(SECRET);
  });

  it('are counted by the connector and its shard', async () => {
    const view = await until(
      () => penstock.get(`/api/connectors/${made.id}`),
      ({ deadLetters }) => deadLetters !== 0,
    );
    expect(view).toMatchObject({ rows: 23, deadLetters: bad.length, shards: [{ deadLetters: bad.length }] });
  });

  it('are listed page by page, without a gap or a repetition', async () => {
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const page = await penstock.get(`/api/connectors/${made.id}/dead-letters?limit=4${cursor}`);
      const list = page['deadLetters'] as Body[];
      expect(list.length).toBeLessThanOrEqual(4);
      seen.push(...list.map(({ id }) => id));
      cursor = page['next'] === undefined ? '' : `&cursor=${String(page['next'])}`;
    } while (cursor !== '');
    expect(seen).toEqual(letters.map(({ id }) => id));
    const wrong = await penstock.call('GET', `/api/connectors/${made.id}/dead-letters?cursor=!`);
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'cursor.invalid']);
  });

  it('stay when their connector is removed, until they are discarded', async () => {
    expect((await penstock.call('DELETE', `/api/connectors/${made.id}`)).status).toBe(204);
    expect(await penstock.letters(made.id)).toHaveLength(bad.length);
    expect((await replay(made.id)).body['code']).toBe('connector.unknown');
    const discard = (body: Body) => penstock.post(`/api/connectors/${made.id}/dead-letters/discard`, body);
    expect((await discard({})).status).toBe(400);
    expect((await discard({ ids: ['x'] })).status).toBe(400);
    expect((await discard({ ids: [letters[0]!['id']] })).body).toEqual({ discarded: 1 });
    expect((await discard({ ids: [letters[0]!['id']] })).body).toEqual({ discarded: 0 });
    expect((await discard({ all: true })).body).toEqual({ discarded: bad.length - 1 });
    expect(await penstock.letters(made.id)).toEqual([]);
    expect(await penstock.letters(made.id, 'state=discarded')).toHaveLength(bad.length);
  });
});

it('keeps a record that is larger than its stream should take, and goes on', async () => {
  const { stream, table, id } = await copied([{ id: 1 }]);
  const Data = Buffer.from(`{"id":2,"text":"${'x'.repeat(1_000_000)}"}`);
  await penstock.kinesis.send(new PutRecordCommand({ StreamName: stream, PartitionKey: 'k', Data }));
  await penstock.put(stream, [{ id: 3 }]);
  await penstock.untilCount(table, 3);
  expect(await penstock.rows(`SELECT id, length(text) AS n FROM ${table} ORDER BY id`)).toEqual([
    { id: 1, n: null },
    { id: 2, n: expect.anything() },
    { id: 3, n: null },
  ]);
  expect(await penstock.letters(id)).toEqual([]);
});

describe('a field without a column', () => {
  const records = [{ id: 1 }, { id: 2, extra: { a: ['b'] }, more: 0.5 }, { id: 3, more: null }];

  it('becomes a column under evolve, also when two records disagree', async () => {
    const { table, id } = await copied([...records, { id: 4, more: 'text' }]);
    await penstock.untilCount(table, 4);
    expect(await penstock.rows(`SELECT id, more FROM ${table} ORDER BY id`)).toEqual([
      { id: 1, more: null },
      { id: 2, more: '0.5' },
      { id: 3, more: null },
      { id: 4, more: 'text' },
    ]);
    expect(await penstock.letters(id)).toEqual([]);
  });

  it('is left out under ignore', async () => {
    const { table, id } = await copied(records, { onNewField: 'ignore' });
    await penstock.untilCount(table, 3);
    expect(Object.keys((await penstock.rows(`SELECT * FROM ${table}`))[0]!)).toEqual(SCHEMA.map(({ name }) => name));
    expect(await penstock.letters(id)).toEqual([]);
  });

  it('makes a dead letter of its record under reject', async () => {
    const { table, id } = await copied(records, { onNewField: 'reject' });
    const letters = await penstock.untilLetters(id, 2);
    expect(letters.map(({ code, column }) => [code, column])).toEqual([
      ['record.unknown-field', 'extra'],
      ['record.unknown-field', 'more'],
    ]);
    await penstock.untilCount(table, 1);
    expect(await ids(table)).toEqual([1]);
  });

  it('is kept in _extra under to_extra', async () => {
    const { table, id } = await copied(records, { onNewField: 'to_extra' });
    await penstock.untilCount(table, 3);
    expect(await penstock.rows(`SELECT id, _extra FROM ${table} ORDER BY id`)).toEqual([
      { id: 1, _extra: null },
      { id: 2, _extra: '{"extra":{"a":["b"]},"more":0.5}' },
      { id: 3, _extra: '{"more":null}' },
    ]);
    expect(await penstock.letters(id)).toEqual([]);
  });

  it.each(['evolve', 'ignore', 'to_extra'])('does not hide a wrong type under %s', async (onNewField) => {
    const { table, id } = await copied([...records, { id: 5, small: 'x', fresh: 1 }, { id: 6, small: '7' }], {
      onNewField,
    });
    await penstock.untilCount(table, 4);
    expect(await ids(table)).toEqual([1, 2, 3, 6]);
    expect((await penstock.untilLetters(id, 1)).map(({ code, column }) => [code, column])).toEqual([
      ['record.wrong-type', 'small'],
    ]);
  });

  it('cannot pose as a column that tells where the record came from', async () => {
    const schema = [...SCHEMA, { name: '_shard', type: 'String' }, { name: '_key', type: 'String' }];
    const { table, id } = await copied([{ id: 1 }, { id: 2, _shard: 'forged' }], { schema });
    const [letter] = await penstock.untilLetters(id, 1);
    expect(letter).toMatchObject({ code: 'record.not-json', column: '_shard' });
    await penstock.untilCount(table, 1);
    expect(await penstock.rows(`SELECT id, _shard, _key FROM ${table}`)).toEqual([
      { id: 1, _shard: 'shardId-000000000000', _key: 'k0' },
    ]);
  });
});

describe('an aggregate of the Kinesis Producer Library', () => {
  it('lands event by event; a bad one in it is one dead letter with its own bytes and place', async () => {
    const aggregator = new RecordAggregator();
    const events = ['{"id":1}', '{"id":2', '{"id":3}', '{"id":"x"}', '{"id":5}'];
    for (const [n, text] of events.entries())
      aggregator.addUserRecord({ partitionKey: `p${n}`, data: Buffer.from(text) });
    const schema = [...SCHEMA, { name: '_key', type: 'String' }, { name: '_sequence_number', type: 'String' }];
    const { table, id } = await copied([aggregator.build().data], { schema });
    const letters = await penstock.untilLetters(id, 2);
    expect(
      letters.map(({ text, subSequenceNumber, partitionKey, code }) => [text, subSequenceNumber, partitionKey, code]),
    ).toEqual([
      ['{"id":2', 1, 'p1', 'record.not-json'],
      ['{"id":"x"}', 3, 'p3', 'record.wrong-type'],
    ]);
    await penstock.untilCount(table, 3);
    const rows = await penstock.rows(
      `SELECT id, _key, splitByChar(':', _sequence_number)[2] AS place FROM ${table} ORDER BY id`,
    );
    expect(rows).toEqual([
      { id: 1, _key: 'p0', place: '' },
      { id: 3, _key: 'p2', place: '2' },
      { id: 5, _key: 'p4', place: '4' },
    ]);
  });

  it('that is damaged is a dead letter as a whole', async () => {
    const aggregator = new RecordAggregator();
    aggregator.addUserRecord({ partitionKey: 'p', data: Buffer.from('{"id":1}') });
    const damaged = Buffer.from(aggregator.build().data);
    damaged[damaged.length - 1]! ^= 1;
    const { id } = await copied([damaged, { id: 9 }]);
    expect(originals(await penstock.untilLetters(id, 1))).toEqual(base64([damaged]));
  });
});

describe('a replay', () => {
  it('lands each letter once when the table fits it, however often and by however many it is asked for', async () => {
    const fitting = Array.from({ length: 150 }, (_, n) => ({ id: n, small: 256 + n }));
    const { table, id } = await copied([...fitting, 'never', { id: 500 }]);
    await penstock.untilLetters(id, 50);
    await penstock.untilCount(table, 1);
    await until(
      () => penstock.get(`/api/connectors/${id}`),
      ({ deadLetters }) => deadLetters === 151,
    );
    expect((await replay(id)).body).toEqual({ replayed: 0, stillFailing: 151, remaining: false });
    await penstock.clickhouse.command({ query: `ALTER TABLE ${table} MODIFY COLUMN small Nullable(UInt16)` });
    const answers = await Promise.all([replay(id), replay(id), replay(id)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await replay(id)).body).toEqual({ replayed: 0, stillFailing: 1, remaining: false });
    const [seen] = await penstock.rows(`SELECT count() AS n, uniqExact(id) AS ids FROM ${table}`);
    expect([Number(seen?.['n']), Number(seen?.['ids'])]).toEqual([151, 151]);
    expect((await penstock.letters(id)).map(({ text }) => text)).toEqual(['never']);
  });

  it('of some letters leaves the others open', async () => {
    const { table, id } = await copied([{ id: 1, small: 300 }, { id: 2, small: 300 }, { id: 3 }]);
    const letters = await penstock.untilLetters(id, 2);
    await penstock.clickhouse.command({ query: `ALTER TABLE ${table} MODIFY COLUMN small Nullable(UInt16)` });
    expect((await replay(id, { ids: [letters[1]!['id']] })).body).toEqual({
      replayed: 1,
      stillFailing: 0,
      remaining: false,
    });
    expect(await ids(table)).toEqual([2, 3]);
    expect((await penstock.letters(id)).map(({ id: letter }) => letter)).toEqual([letters[0]!['id']]);
    const nonsense = await replay(id, { ids: ['1; DROP TABLE'] });
    expect([nonsense.status, nonsense.body['code']]).toEqual([400, 'request.invalid']);
  });

  it('that was killed between storing and marking its letters stores nothing a second time', async () => {
    const { table, id } = await copied([{ id: 1, small: 300 }, { id: 2, small: 301 }, { id: 3 }]);
    await penstock.untilLetters(id, 2);
    await penstock.clickhouse.command({ query: `ALTER TABLE ${table} MODIFY COLUMN small Nullable(UInt16)` });
    expect((await replay(id)).body).toMatchObject({ replayed: 2 });
    // As a process leaves it that dies with the insert done: the letters still claimed, under the same token.
    await postgres(
      `UPDATE penstock.dead_letter SET state = 'replaying', settled_at = NULL WHERE connector_id = $1`,
      id,
    );
    expect((await replay(id)).body).toEqual({ replayed: 2, stillFailing: 0, remaining: false });
    expect(await ids(table)).toEqual([1, 2, 3]);
  });

  it('killed -9 at any moment and repeated lands each letter once', async () => {
    const { table, id } = await copied([
      ...Array.from({ length: 400 }, (_, n) => ({ id: n, small: 256 + n })),
      { id: 500 },
    ]);
    await until(
      () => penstock.get(`/api/connectors/${id}`),
      ({ deadLetters }) => deadLetters === 400,
    );
    await penstock.clickhouse.command({ query: `ALTER TABLE ${table} MODIFY COLUMN small Nullable(UInt16)` });
    const doomed = replay(id).catch(() => undefined);
    await Promise.race([
      doomed,
      until(
        () => penstock.count(table).catch(() => 0),
        (rows) => rows > 1,
      ),
    ]);
    await sleep(Math.random() * 20);
    await penstock.kill();
    await doomed;
    await penstock.serve();
    await replay(id);
    const [seen] = await penstock.rows(`SELECT count() AS n, uniqExact(id) AS ids FROM ${table}`);
    expect([Number(seen?.['n']), Number(seen?.['ids'])]).toEqual([401, 401]);
    expect(await penstock.letters(id)).toEqual([]);
  });

  it('into a table that is gone says so, and loses no letter', async () => {
    const { table, id } = await copied([{ id: 1, small: 300 }, { id: 3 }]);
    await penstock.untilLetters(id, 1);
    await penstock.clickhouse.command({ query: `DROP TABLE ${table} SYNC` });
    const { status, body } = await replay(id);
    expect([status, body['code']]).toEqual([404, 'table.unknown']);
    expect(await penstock.letters(id)).toHaveLength(1);
    expect((await penstock.call('DELETE', `/api/connectors/${id}`)).status).toBe(204);
  });
});

async function postgres(statement: string, ...values: string[]): Promise<void> {
  const { url } = (await penstock.cliJson('engines'))['postgres'] as { url: string };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}
