import { describe, expect, it } from 'vitest';
import {
  ReplayDeadLettersCommand,
  ReplayDeadLettersHandler,
} from '../../../../src/application/stream-onboarding/replay-dead-letters.command.js';
import { ReplayPorts } from '../../../../src/application/stream-onboarding/replay-claim.js';
import type { Connector, NewFieldPolicy } from '../../../../src/domain/stream-onboarding/connector.js';
import { NO_CODEC, NO_EVENT_TABLES } from '../../../support/no-events.js';
import { Dead, Death, MemoryConnectors, MemoryDeadLetters, MemoryTables } from '../../../support/onboarding-memory.js';

const TARGET = { database: 'default', table: 'clicks' };
const COLUMNS = [
  { name: 'id', type: 'Int64' },
  { name: '_key', type: 'String' },
];

async function world(records: readonly string[], onNewField: NewFieldPolicy = 'evolve') {
  const death = new Death();
  const connectors = new MemoryConnectors(death);
  const tables = new MemoryTables(death);
  const letters = new MemoryDeadLetters(death);
  const { uuid } = await tables.create({ name: TARGET, columns: COLUMNS, orderBy: ['id'], connectorId: 'c1' });
  const connector: Connector = {
    id: 'c1',
    streamName: 'clicks',
    streamArn: 'arn',
    target: TARGET,
    tableUuid: uuid,
    columns: COLUMNS,
    orderBy: ['id'],
    startFrom: 'TRIM_HORIZON',
    onNewField,
    state: 'running',
    createdAtMs: 1,
    revision: 1,
  };
  await connectors.create(connector);
  await letters.add(
    records.map((text, index) => ({
      connectorId: 'c1',
      shardId: 'shardId-0',
      sequenceNumber: String(index),
      subSequenceNumber: 0,
      partitionKey: `key-${index}`,
      arrivedAtMs: 0,
      data: Buffer.from(text),
      code: 'record.wrong-type',
      reason: 'was wrong',
    })),
  );
  death.calls = 0;
  const handler = new ReplayDeadLettersHandler(connectors, new ReplayPorts(tables, letters, NO_CODEC, NO_EVENT_TABLES));
  const replay = (ids?: string[]) =>
    handler.execute(new ReplayDeadLettersCommand({ connectorId: 'c1', ...(ids && { ids }) }));
  const rows = () => tables.all.get('default.clicks')!.rows;
  const states = () => letters.all.map(({ state }) => state);
  return { death, connectors, tables, letters, replay, rows, states };
}

const GOOD_AND_BAD = ['{"id":1}', '{"id":"no"}', '{"id":3}', 'not json', '{"id":5}'];

describe('replaying dead letters', () => {
  it('stores what fits now, with the columns that tell where it came from', async () => {
    const here = await world(GOOD_AND_BAD);
    expect(await here.replay()).toEqual({ replayed: 3, stillFailing: 2, remaining: false });
    expect(here.rows()).toEqual([
      { id: 1, _key: 'key-0' },
      { id: 3, _key: 'key-2' },
      { id: 5, _key: 'key-4' },
    ]);
    expect(here.states()).toEqual(['replayed', 'open', 'replayed', 'open', 'replayed']);
  });

  it('opens the others again with the reason they have now', async () => {
    const here = await world(GOOD_AND_BAD);
    await here.replay();
    expect(here.letters.all[1]).toMatchObject({ code: 'record.wrong-type', column: 'id', reason: 'id takes Int64.' });
    expect(here.letters.all[3]).toMatchObject({ code: 'record.not-json' });
    expect(Buffer.from(here.letters.all[3]!.data).toString()).toBe('not json');
  });

  it('lands the rest once the table was altered', async () => {
    const here = await world(GOOD_AND_BAD);
    await here.replay();
    here.tables.all.get('default.clicks')!.columns = [{ name: 'id', type: 'String' }];
    expect(await here.replay()).toEqual({ replayed: 1, stillFailing: 1, remaining: false });
    expect(here.rows()).toHaveLength(4);
    expect(await here.replay()).toEqual({ replayed: 0, stillFailing: 1, remaining: false });
  });

  it('tries only the letters with the ids, where ids are given', async () => {
    const here = await world(GOOD_AND_BAD);
    expect(await here.replay([here.letters.all[2]!.id, '999'])).toMatchObject({ replayed: 1, stillFailing: 0 });
    expect(here.rows()).toEqual([{ id: 3, _key: 'key-2' }]);
  });

  it('refuses ids that can be of no letter', async () => {
    const here = await world(GOOD_AND_BAD);
    await expect(here.replay(['1', "1'; --"])).rejects.toMatchObject({
      code: 'request.invalid',
      faults: [{ path: 'ids.1' }],
    });
  });

  it('passes letters that keep failing to reach those behind them', async () => {
    const here = await world([...Array.from({ length: 250 }, () => 'not json'), '{"id":1}']);
    expect(await here.replay()).toEqual({ replayed: 1, stillFailing: 250, remaining: false });
  });

  it('treats new fields as the connector does', async () => {
    const evolving = await world(['{"id":1,"city":"Lyon"}']);
    await evolving.replay();
    expect(evolving.rows()).toEqual([{ id: 1, city: 'Lyon', _key: 'key-0' }]);
    expect(evolving.tables.all.get('default.clicks')!.columns.map(({ name }) => name)).toContain('city');
    const strict = await world(['{"id":1,"city":"Lyon"}'], 'reject');
    expect(await strict.replay()).toMatchObject({ replayed: 0, stillFailing: 1 });
    expect(strict.letters.all[0]).toMatchObject({ code: 'record.unknown-field', column: 'city' });
  });

  it('touches nothing when the table is gone or the connector is being removed', async () => {
    const here = await world(GOOD_AND_BAD);
    here.tables.all.clear();
    await expect(here.replay()).rejects.toMatchObject({ code: 'table.unknown' });
    const connector = here.connectors.all.get('c1')!;
    here.connectors.all.set('c1', { ...connector, state: 'removing' });
    await expect(here.replay()).rejects.toMatchObject({ code: 'connector.conflict' });
    expect(new Set(here.states())).toEqual(new Set(['open']));
  });

  it('lands every row once wherever it dies, also when the table is altered before it goes on', async () => {
    const steps = await world(GOOD_AND_BAD);
    await steps.replay();
    for (const isAltered of [false, true]) {
      for (let at = 0; at < steps.death.calls; at += 0.5) {
        const here = await world(GOOD_AND_BAD);
        here.death.at = at;
        await expect(here.replay()).rejects.toThrow(Dead);
        here.death.at = Number.POSITIVE_INFINITY;
        if (isAltered) here.tables.all.get('default.clicks')!.columns = [{ name: 'id', type: 'String' }];
        await here.replay();
        const ids = here.rows().map(({ id }) => id);
        const wanted = isAltered ? [1, 3, 5, 'no'] : [1, 3, 5];
        expect(new Set(ids), `death at ${at}`).toEqual(new Set(wanted));
        expect(ids).toHaveLength(wanted.length);
        const done = here.states().filter((state) => state === 'replayed');
        expect(done).toHaveLength(ids.length);
        expect(here.states()).not.toContain('replaying');
      }
    }
  });
});
