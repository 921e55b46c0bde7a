import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventValues } from '../../../src/domain/event-pipelines/avro-schema.js';
import type { DomainConfig } from '../../../src/domain/event-pipelines/domain-config.js';
import { generateEventSchema } from '../../../src/domain/event-pipelines/generate-event-schema.js';
import { pick, randomUuid, seededRandom } from '../../../src/domain/shared/seeded-random.js';
import { EventDeployer } from '../../support/event-deployer.js';
import { untilActive } from '../../support/kinesis-client.js';
import { RunningPenstock, until } from '../../support/running-penstock.js';
import { SHOP_DOMAIN } from '../../support/shop-domain.js';

const TYPE = 'purchase';
const PATIENCE_MS = 180_000;

interface Row extends Record<string, unknown> {
  readonly event_id: string;
  readonly ms: string;
  readonly arrivedMs: string;
  readonly watermarkMs: string;
  readonly total_amount: string | null;
  readonly _shard: string;
  readonly _sequence_number: string;
}

let service: RunningPenstock;
let deployer: EventDeployer;

beforeAll(async () => {
  service = await RunningPenstock.start({ COPY_BATCH_ROWS: '100', COPY_LEASE_MS: '3000', DEBUG: '' });
  deployer = await EventDeployer.beside(service);
}, PATIENCE_MS);

afterAll(async () => {
  await deployer.close();
  await service.stop();
}, PATIENCE_MS);

/** A domain of its own for a test. */
const domainOf = (name: string, shards = 2): DomainConfig => ({
  ...SHOP_DOMAIN,
  name,
  stream: { transport: 'kinesis', prefix: name, shards },
  warehouse: { database: `${name}_events` },
});
const tableOf = ({ name }: DomainConfig): string => `${name}_events.${name}_${TYPE}`;
const streamOf = ({ name }: DomainConfig): string => `${name}.${TYPE}`;

const event = (id: string, timestamp: number, more: EventValues = {}): EventValues => ({
  event_id: id,
  timestamp,
  user_id: 'u',
  order_id: null,
  total_amount: 1,
  quantity: null,
  device_type: 'phone',
  country: 'FR',
  ...more,
});

/** With the purchases of a newer release: one attribute more. */
const evolved = (domain: DomainConfig): DomainConfig => ({
  ...domain,
  eventTypes: domain.eventTypes.map((type) =>
    type.name === TYPE ? { ...type, attributes: [...type.attributes, 'coupon'] } : type,
  ),
});

function rowsOf(domain: DomainConfig): Promise<Row[]> {
  return service.rows<Row>(
    `SELECT event_id, toString(toUnixTimestamp64Milli(timestamp)) AS ms, toString(toUnixTimestamp64Milli(_timestamp)) AS arrivedMs,
            toString(toUnixTimestamp64Milli(_watermark)) AS watermarkMs, toString(total_amount) AS total_amount, _shard,
            _sequence_number
     FROM ${tableOf(domain)} ORDER BY _shard, length(_sequence_number), _sequence_number`,
  );
}

/** Watermarks as they have to be, from the rows of each shard in their order. */
function watermarks(rows: readonly Row[]): string[] {
  const latest = new Map<string, number>();
  return rows.map(({ _shard, ms, arrivedMs }) => {
    const before = latest.get(_shard) ?? 0;
    latest.set(_shard, Math.max(before, Math.min(Number(ms), Number(arrivedMs))));
    return String(before);
  });
}

describe('events of a stream', () => {
  it(
    'are rows once each, after duplicates, late and malformed ones, and a service that is killed',
    { timeout: PATIENCE_MS },
    async () => {
      const domain = domainOf('killed');
      const { connectorId, isNew } = await deployer.connectors.ensure(domain, TYPE);
      expect(isNew).toBe(true);
      await service.clickhouse.command({
        query: `CREATE MATERIALIZED VIEW ${tableOf(domain)}_count ENGINE = SummingMergeTree ORDER BY ()
              SETTINGS non_replicated_deduplication_window = 10000 AS
              SELECT count() AS n, sum(total_amount) AS amount FROM ${tableOf(domain)}`,
      });
      const encode = await deployer.encoder(domain, TYPE);
      const random = seededRandom(7);
      const sent = new Map<string, EventValues>();
      let [duplicates, malformed] = [0, 0];
      for (let request = 0; request < 10; request += 1) {
        for (const user of ['anna', 'ben', 'cleo', 'dan']) {
          const records: Uint8Array[] = [];
          for (let n = 0; n < 25; n += 1) {
            const late = random() < 0.1 ? 3_600_000 : 0;
            const early = random() < 0.05 ? 60_000 : 0;
            const value = event(randomUuid(random), Date.now() - late + early, {
              user_id: user,
              total_amount: Math.floor(random() * 10_000),
            });
            sent.set(String(value['event_id']), value);
            records.push(encode(value));
            // Not of those from the future: their second arrival would move the watermark on, as it is no row to tell of.
            const mine = [...sent.values()].filter(
              ({ user_id, timestamp }) => user_id === user && Number(timestamp) <= Date.now(),
            );
            if (random() < 0.1 && mine.length > 0) {
              records.push(encode(pick(random, mine as [EventValues, ...EventValues[]])));
              duplicates += 1;
            }
            if (random() < 0.05) {
              records.push(
                pick(random, [
                  Buffer.from('no event'),
                  encode(value).subarray(0, 20),
                  Uint8Array.of(0, 0, 0, 99, 99, 1),
                ]),
              );
              malformed += 1;
            }
          }
          await service.put(streamOf(domain), records, user);
        }
        if (request === 3 || request === 7) {
          await service.kill('SIGKILL');
          await service.serve();
        }
      }
      await service.untilCount(tableOf(domain), sent.size);
      const view = (await until(
        () => service.get(`/api/connectors/${connectorId}`),
        (now) =>
          Number(now['rows']) + Number(now['duplicates']) + Number(now['deadLetters']) >=
          sent.size + duplicates + malformed,
      )) as Record<string, unknown>;

      expect(view).toMatchObject({ format: 'avro', rows: sent.size, duplicates, deadLetters: malformed });
      const rows = await rowsOf(domain);
      const seen = (id: string, ms: unknown, amount: unknown): string => `${id} ${String(ms)} ${String(amount)}`;
      expect(rows.map((row) => seen(row.event_id, row.ms, row.total_amount)).sort()).toEqual(
        [...sent].map(([id, value]) => seen(id, value['timestamp'], value['total_amount'])).sort(),
      );
      expect(rows.map(({ watermarkMs }) => watermarkMs)).toEqual(watermarks(rows));
      const [table] = await service.rows(`SELECT count() AS n, sum(total_amount) AS amount FROM ${tableOf(domain)}`);
      const [counted] = await service.rows(`SELECT sum(n) AS n, sum(amount) AS amount FROM ${tableOf(domain)}_count`);
      expect(counted).toEqual(table);
      const letters = await service.letters(connectorId, 'state=open&limit=100');
      expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(['record.not-avro', 'record.unknown-schema']));
      await until(
        async () => (await fetch(new URL('/metrics', service.url))).text(),
        (metrics) => metrics.includes(`penstock_watermark_delay_seconds{connector="${connectorId}"`),
      );
    },
  );

  it(
    'of an older and a newer schema land in one table; those that came before their schema are replayed, once',
    { timeout: PATIENCE_MS },
    async () => {
      const domain = domainOf('evolving', 1);
      const { schemaId, connectorId } = await deployer.connectors.ensure(domain, TYPE);
      const old = await deployer.encoder(domain, TYPE);
      const type = evolved(domain).eventTypes.find(({ name }) => name === TYPE)!;
      const schema = JSON.stringify(generateEventSchema(type, domain.entity, domain.namespace));
      const early = deployer.encoderBy(schema, schemaId + 1);
      const at = Date.now() - 60_000;
      const tooEarly = early(event('early', at, { coupon: 'EARLY' }));
      await service.put(
        streamOf(domain),
        [old(event('old', at + 1000)), tooEarly, tooEarly, old(event('next', at))],
        'k',
      );
      await service.untilCount(tableOf(domain), 2);
      await service.untilLetters(connectorId, 2);

      const newer = await deployer.connectors.ensure(evolved(domain), TYPE);
      expect(newer).toMatchObject({ schemaId: schemaId + 1, schemaVersion: 2, isNew: false, addedColumns: ['coupon'] });
      expect(await deployer.connectors.ensure(evolved(domain), TYPE)).toMatchObject({ isNew: false, addedColumns: [] });
      await service.put(
        streamOf(domain),
        [early(event('new', at + 2000, { coupon: 'NEW' })), old(event('still', at))],
        'k',
      );
      await service.untilCount(tableOf(domain), 4);
      const replayed = await service.post(`/api/connectors/${connectorId}/dead-letters/replay`, {});
      expect(replayed.body).toMatchObject({ replayed: 2, stillFailing: 0 });

      const rows =
        await service.rows(`SELECT event_id, coupon, toString(toUnixTimestamp64Milli(_watermark)) AS watermarkMs
                                     FROM ${tableOf(domain)} ORDER BY event_id`);
      expect(rows).toEqual([
        { event_id: 'early', coupon: 'EARLY', watermarkMs: String(at + 1000) },
        { event_id: 'new', coupon: 'NEW', watermarkMs: String(at + 1000) },
        { event_id: 'next', coupon: null, watermarkMs: String(at + 1000) },
        { event_id: 'old', coupon: null, watermarkMs: '0' },
        { event_id: 'still', coupon: null, watermarkMs: String(at + 2000) },
      ]);
    },
  );

  it('go on in a shard that was split, by the watermark of its parent', { timeout: PATIENCE_MS }, async () => {
    const domain = domainOf('splitting', 1);
    await deployer.connectors.ensure(domain, TYPE);
    const encode = await deployer.encoder(domain, TYPE);
    const at = Date.now() - 60_000;
    await service.put(streamOf(domain), [encode(event('before', at))], 'k');
    const split = { ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 127n) };
    await service.kinesis.send(new SplitShardCommand({ StreamName: streamOf(domain), ...split }));
    await untilActive(service.kinesis, streamOf(domain));
    await service.put(streamOf(domain), [encode(event('before', at)), encode(event('late', at - 5000))], 'k');
    await service.untilCount(tableOf(domain), 2);
    const rows = await rowsOf(domain);
    expect(rows.map(({ event_id, watermarkMs }) => [event_id, watermarkMs])).toEqual([
      ['before', '0'],
      ['late', String(at)],
    ]);
    expect(new Set(rows.map(({ _shard }) => _shard)).size).toBe(2);
  });

  it(
    'stay when their connector is removed, and are not copied again by the next',
    { timeout: PATIENCE_MS },
    async () => {
      const domain = domainOf('again', 1);
      const first = await deployer.connectors.ensure(domain, TYPE);
      const encode = await deployer.encoder(domain, TYPE);
      const at = Date.now();
      await service.put(
        streamOf(domain),
        ['a', 'b', 'c'].map((id) => encode(event(id, at))),
        'k',
      );
      await service.untilCount(tableOf(domain), 3);
      expect(await deployer.connectors.remove(domain)).toEqual([first.connectorId]);
      expect(await deployer.connectors.remove(domain)).toEqual([]);
      const [, absent] = await deployer.connectors.states(domain);
      expect(absent).toMatchObject({ eventType: TYPE, state: 'absent', rows: 0 });
      expect(await deployer.connectors.ensure(domain, TYPE)).toMatchObject({
        connectorId: first.connectorId,
        isNew: true,
      });
      await service.put(streamOf(domain), [encode(event('d', at))], 'k');
      await service.untilCount(tableOf(domain), 4);
      expect((await rowsOf(domain)).map(({ event_id }) => event_id)).toEqual(['a', 'b', 'c', 'd']);
      const [, state] = await until(
        () => deployer.connectors.states(domain),
        ([, now]) => now?.rows === 1,
      );
      expect(state).toMatchObject({ state: 'running', rows: 1, duplicates: 3, deadLetters: 0 });
      expect(state?.watermarkMs).toBeLessThanOrEqual(at + 60_000);
      const shown = await service.cli('connectors', 'show', first.connectorId);
      expect(shown.stdout).toContain('avro');
      expect(shown.stdout).toContain('watermark');
    },
  );
});
