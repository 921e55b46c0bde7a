import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connectors } from '../../src/domain/ports/connectors.port.js';
import type { Connector } from '../../src/domain/stream-onboarding/connector.js';
import { freshName } from '../support/engine-of.js';

export interface ConnectorsHarness {
  readonly connectors: Connectors;
  /** As another process on the same store would hold it. */
  readonly others: Connectors;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: Connectors;
  /** That the engine decides conditions first and stores later: racers pass it. */
  readonly lacks?: readonly 'atomic conditions'[];
  /** Table ids that `stream_table_map` has for a stream, read as a foreign program does. */
  mapped(streamArn: string): Promise<string[]>;
  close(): Promise<void>;
}

/** What every Connectors adapter promises. */
export function connectorsContract(engine: string, open: () => Promise<ConnectorsHarness>): void {
  describe(`Connectors on ${engine}`, () => {
    let at: ConnectorsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const connector = (change: Partial<Connector> = {}): Connector => {
      const id = freshName('orders');
      return {
        id,
        streamName: 'orders',
        streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${id}`,
        target: { database: 'default', table: 'naïve "table"' },
        columns: [
          { name: 'user_id', type: 'Int64' },
          { name: 'größe', type: "Enum8('a' = 1)" },
        ],
        orderBy: ['user_id'],
        startFrom: { atMs: 1_700_000_000_123 },
        onNewField: 'evolve',
        state: 'creating',
        createdAtMs: 1_700_000_000_000,
        revision: 1,
        ...change,
      };
    };
    const created = async (change: Partial<Connector> = {}): Promise<Connector> => {
      const wanted = connector(change);
      await at.connectors.create(wanted);
      return wanted;
    };
    const running = async (tableUuid: string, change: Partial<Connector> = {}): Promise<Connector> =>
      at.connectors.change(await created(change), { state: 'running', tableUuid });

    it('answers a connector as it was recorded', async () => {
      const wanted = await created();
      expect(await at.others.get(wanted.id)).toEqual(wanted);
      const other = await created({ startFrom: 'TRIM_HORIZON', orderBy: [], tableUuid: 't-1' });
      expect(await at.others.get(other.id)).toEqual(other);
    });

    it('does not remove a connector that was made anew under the id of the one meant', async () => {
      const former = await created();
      const anew = { ...former, createdAtMs: former.createdAtMs + 1 };
      await at.connectors.remove(former);
      await at.connectors.create(anew);
      await at.others.remove(former);
      expect(await at.connectors.get(former.id)).toEqual(anew);
    });

    it('answers how the records are events, and only of a connector whose records are', async () => {
      const format = { format: 'avro', readerSchema: '{"a":"größe"}', idField: 'event_id', timeField: 'at' } as const;
      const wanted = await created({ events: format });
      expect(await at.others.get(wanted.id)).toEqual(wanted);
      const events = { ...format, readerSchema: '{"a":2}' };
      const changed = await at.connectors.change(wanted, { events });
      expect(await at.others.get(wanted.id)).toEqual({ ...wanted, events, revision: 2 });
      expect(await at.connectors.change(changed, { state: 'paused' })).toMatchObject({ events });
      expect(await at.others.get((await created()).id)).not.toHaveProperty('events');
    });

    it('records an id once, also when many do so at once', async (context) => {
      if (at.lacks?.includes('atomic conditions')) return context.skip();
      const wanted = connector();
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) => (index % 2 ? at.connectors : at.others).create(wanted)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
        Array.from({ length: 5 }, () => 'connector.exists'),
      );
    });

    it('names a connector it does not have', async () => {
      await expect(at.connectors.get(freshName('nobody'))).rejects.toMatchObject({ code: 'connector.unknown' });
      await expect(at.connectors.change(connector(), { state: 'paused' })).rejects.toMatchObject({
        code: 'connector.unknown',
      });
    });

    it('lists all connectors, oldest first', async () => {
      const made = [await created({ createdAtMs: 3000 }), await created({ createdAtMs: 1000 })];
      made.push(await created({ createdAtMs: 2000 }));
      const ids = new Set(made.map(({ id }) => id));
      const listed = (await at.others.list()).filter(({ id }) => ids.has(id));
      expect(listed.map(({ createdAtMs }) => createdAtMs)).toEqual([1000, 2000, 3000]);
      expect(listed[0]).toEqual(made[1]);
    });

    it('applies a change and counts the revision up', async () => {
      const before = await created();
      const columns = [{ name: 'a', type: 'String' }];
      const after = await at.connectors.change(before, { state: 'running', tableUuid: 't-1', columns });
      expect(after).toEqual({ ...before, state: 'running', tableUuid: 't-1', columns, revision: 2 });
      expect(await at.others.get(before.id)).toEqual(after);
      const paused = await at.others.change(after, { state: 'paused' });
      expect(paused).toEqual({ ...after, state: 'paused', revision: 3 });
    });

    it('lets one of several changes of one revision through', async (context) => {
      if (at.lacks?.includes('atomic conditions')) return context.skip();
      const before = await created();
      const results = await Promise.allSettled(
        (['running', 'paused', 'removing', 'paused'] as const).map((state, index) =>
          (index % 2 ? at.connectors : at.others).change(before, { state }),
        ),
      );
      const done = results.filter((result) => result.status === 'fulfilled');
      expect(done).toHaveLength(1);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
        Array.from({ length: 3 }, () => 'connector.conflict'),
      );
      expect(await at.connectors.get(before.id)).toEqual(done[0]?.value);
    });

    it('maps the stream to the table once it has one, and not before', async () => {
      const before = await created();
      expect(await at.mapped(before.streamArn)).toEqual([]);
      const after = await at.connectors.change(before, { state: 'running', tableUuid: 't-1' });
      expect(await at.mapped(before.streamArn)).toEqual(['t-1']);
      await at.connectors.change(after, { state: 'paused' });
      expect(await at.mapped(before.streamArn)).toEqual(['t-1']);
    });

    it('keeps that a connector starts paused, and maps it all the same', async () => {
      const before = await created({ startsPaused: true });
      expect(await at.connectors.get(before.id)).toMatchObject({ startsPaused: true });
      await at.connectors.change(before, { state: 'paused', tableUuid: 't-1' });
      expect(await at.mapped(before.streamArn)).toEqual(['t-1']);
    });

    it('maps a stream to the tables of all its connectors, and forgets each by itself', async () => {
      const one = await running('t-1');
      const two = await running('t-2', { streamArn: one.streamArn });
      expect((await at.mapped(one.streamArn)).sort()).toEqual(['t-1', 't-2']);
      await at.connectors.remove(one);
      expect(await at.mapped(one.streamArn)).toEqual(['t-2']);
      await at.others.remove(two);
      expect(await at.mapped(one.streamArn)).toEqual([]);
    });

    it('leaves no pair behind of a connector that was removed by what was known before it ran', async () => {
      const before = await created();
      await at.connectors.change(before, { state: 'running', tableUuid: 't-1' });
      await at.connectors.remove(before);
      expect(await at.mapped(before.streamArn)).toEqual([]);
    });

    it('leaves no pair behind of a change that came too late', async () => {
      const before = await created();
      await at.others.remove(before);
      const late = at.connectors.change(before, { state: 'running', tableUuid: 't-1' });
      await expect(late).rejects.toMatchObject({ code: 'connector.unknown' });
      expect(await at.mapped(before.streamArn)).toEqual([]);
    });

    it('removes a connector, and again', async () => {
      const made = await running('t-1');
      await at.connectors.remove(made);
      await at.connectors.remove(made);
      await expect(at.connectors.get(made.id)).rejects.toMatchObject({ code: 'connector.unknown' });
    });

    it('says that the store is unreachable', async () => {
      const { unreachable } = at;
      const asked = await Promise.allSettled([
        unreachable.create(connector()),
        unreachable.get('x'),
        unreachable.list(),
        unreachable.change(connector(), { state: 'running', tableUuid: 't' }),
        unreachable.remove(connector()),
      ]);
      expect(asked).toEqual(
        asked.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'store.unreachable' }) })),
      );
    });
  });
}
