import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PenstockError } from '../../src/domain/errors.js';
import type { DomainConfigs } from '../../src/domain/ports/domain-configs.port.js';

/** The layers of a configuration as texts: `platform`, `environments/NAME`, `domains/NAME`. */
export type Layers = Readonly<Record<string, string>>;

export interface DomainConfigsHarness {
  /** Domains of these layers, with these secrets. */
  of(
    layers: Layers,
    options?: { environment?: string; secrets?: Readonly<Record<string, string>> },
  ): Promise<DomainConfigs>;
  close(): Promise<void>;
}

const SHOP = `
entity: { name: user, primary_key: user_id }
event_types:
  - name: purchase
    attributes: [order_id]
    metrics: [total_amount]
    dimensions: [country]
`;

/** What every DomainConfigs adapter promises. */
export function domainConfigsContract(adapter: string, open: () => Promise<DomainConfigsHarness>): void {
  describe(`DomainConfigs of ${adapter}`, () => {
    let at: DomainConfigsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    it('lists the domains in order', async () => {
      const domains = await at.of({ 'domains/shop': SHOP, 'domains/bank': SHOP, 'environments/prod': '' });
      expect(await domains.list()).toEqual(['bank', 'shop']);
    });

    it('loads a domain that says little, with defaults for the rest', async () => {
      const domains = await at.of({ 'domains/shop': SHOP });
      expect(await domains.load('shop')).toEqual({
        name: 'shop',
        description: '',
        namespace: 'com.streaming.events',
        entity: { name: 'user', primaryKey: 'user_id' },
        eventTypes: [
          { name: 'purchase', attributes: ['order_id'], metrics: ['total_amount'], dimensions: ['country'] },
        ],
        aggregations: [],
        alerts: [],
        synthetic: { userPoolSize: 100, purchaseConversionRate: 0.35 },
        stream: { transport: 'kinesis', prefix: 'events', shards: 1 },
        warehouse: { database: 'default' },
      });
    });

    it('loads aggregations of all spellings, and alerts', async () => {
      const text = `${SHOP}
aggregations:
  - name: orders
    event_type: purchase
    type: count
    field: null
    window: { type: tumbling, duration: 1 minute }
    filter: { country: 49, total_amount: 100 }
  - name: revenue
    event_type: purchase
    type: sum
    field: total_amount
    window: { type: sliding, duration: PT5M, slide: 30000 }
    group_by: [country, user_id]
    filter: [{ field: total_amount, op: ">=", value: 1 }, { field: order_id, value: true }]
    allowed_lateness: 2 minutes
alerts:
  - { name: much, aggregation: revenue, op: ">", threshold: 12.5, severity: critical }
  - { name: some, aggregation: orders, op: "=", threshold: 0 }
postgres: { delay: 250 }
`;
      const { aggregations, alerts, postgres } = await (await at.of({ 'domains/shop': text })).load('shop');
      expect(aggregations).toEqual([
        {
          name: 'orders',
          eventType: 'purchase',
          kind: 'count',
          window: { kind: 'tumbling', durationMs: 60_000, slideMs: 60_000 },
          groupBy: [],
          filter: [
            { field: 'country', comparison: '=', value: '49' },
            { field: 'total_amount', comparison: '=', value: 100 },
          ],
          allowedLatenessMs: 60_000,
        },
        {
          name: 'revenue',
          eventType: 'purchase',
          kind: 'sum',
          field: 'total_amount',
          window: { kind: 'sliding', durationMs: 300_000, slideMs: 30_000 },
          groupBy: ['country', 'user_id'],
          filter: [
            { field: 'total_amount', comparison: '>=', value: 1 },
            { field: 'order_id', comparison: '=', value: 'true' },
          ],
          allowedLatenessMs: 120_000,
        },
      ]);
      expect(alerts).toEqual([
        { name: 'much', aggregation: 'revenue', comparison: '>', threshold: 12.5, severity: 'critical' },
        { name: 'some', aggregation: 'orders', comparison: '=', threshold: 0, severity: 'warning' },
      ]);
      expect(postgres).toEqual({ schema: 'public', delayMs: 250 });
    });

    it('lays the environment over the platform, and the domain over both', async () => {
      const layers = {
        platform: 'stream: { prefix: p, shards: 2 }\nwarehouse: { database: p }\npostgres: { schema: p }',
        'environments/prod': 'stream: { prefix: e, shards: 8 }\nwarehouse: { database: e }',
        'environments/dev': 'stream: { prefix: d }',
        'domains/shop': `${SHOP}stream: { prefix: s }\npostgres: null\n`,
      };
      const domains = await at.of(layers, { environment: 'prod' });
      expect(await domains.load('shop')).toMatchObject({
        stream: { prefix: 's', shards: 8 },
        warehouse: { database: 'e' },
      });
      expect(await domains.load('shop', 'dev')).toMatchObject({
        stream: { prefix: 's', shards: 2 },
        warehouse: { database: 'p' },
      });
      expect(await domains.load('shop')).not.toHaveProperty('postgres');
      const plain = await at.of(layers);
      expect(await plain.load('shop')).toMatchObject({ stream: { shards: 2 } });
    });

    it('does not know other domains and environments, whatever they are called', async () => {
      const domains = await at.of({ 'domains/shop': SHOP, 'environments/prod': '' });
      for (const name of ['bank', 'shops', '', '../domains/shop', '../environments/prod', 'shop\0', 'SHOP'])
        await expect(domains.load(name)).rejects.toMatchObject({ code: 'domain.unknown' });
      await expect(domains.load('shops')).rejects.toThrow('did you mean "shop"?');
      for (const name of ['dev', '', '../domains/shop'])
        await expect(domains.load('shop', name)).rejects.toMatchObject({ code: 'environment.unknown' });
    });

    it('tells all faults of all layers at once, with file, line and path', async () => {
      const domains = await at.of({
        platform: 'namespace: com..events\nstream:\n  shards: many\n  transprot: kafka\n',
        'environments/prod': 'synthetic:\n  user_pool_size: 0\n',
        'domains/shop': `${SHOP}aggregations:\n  - name: a\n    event_type: purchases\n    type: sum\n`,
      });
      expect(await faultsOf(domains.load('shop', 'prod'))).toEqual([
        ['domains/shop.yaml:9 aggregations.0', 'has no "window"'],
        ['domains/shop.yaml:9 aggregations.0', 'has no "field": sum needs a metric'],
        ['domains/shop.yaml:10 aggregations.0.event_type', 'is the name of no event type (did you mean "purchase"?)'],
        ['environments/prod.yaml:2 synthetic.user_pool_size', 'must be >= 1'],
        ['platform.yaml:1 namespace', 'must be names with dots between them'],
        ['platform.yaml:3 stream.shards', 'must be a whole number'],
        ['platform.yaml:4 stream.transprot', 'is not known (did you mean "transport"?)'],
      ]);
    });

    it.each([
      ['no entity', 'event_types: [{ name: a }]', '', 'has no "entity"'],
      ['an event twice', `${SHOP}  - name: purchase`, 'event_types.1.name', 'is the name of an earlier event type'],
      ['a field twice', `${SHOP}    attributes_: []`, 'event_types.0.attributes_', 'is not known'],
      ['a name with spaces', `${SHOP}  - name: add to cart`, 'event_types.1.name', 'must be a name'],
      [
        'a field that all have',
        `${SHOP}  - { name: b, metrics: [timestamp] }`,
        'event_types.1.metrics.0',
        'is there already',
      ],
      [
        'the primary key again',
        `${SHOP}  - { name: b, dimensions: [user_id] }`,
        'event_types.1.dimensions.0',
        'is there already',
      ],
      ['count of a field', agg('type: count, field: country'), 'aggregations.0.field', 'must be left out'],
      ['count_distinct of nothing', agg('type: count_distinct'), 'aggregations.0', 'has no "field"'],
      ['avg of a text', agg('type: avg, field: country'), 'aggregations.0.field', 'must be a metric'],
      ['another kind', agg('type: median, field: country'), 'aggregations.0.type', 'must be one of count'],
      [
        'an unknown field',
        agg('type: sum, field: total_amonut'),
        'aggregations.0.field',
        'did you mean "total_amount"',
      ],
      ['an unknown group', agg('type: count, group_by: [city]'), 'aggregations.0.group_by.0', 'is no field'],
      ['an unknown filter', agg('type: count, filter: { city: x }'), 'aggregations.0.filter.city', 'is of no field'],
      [
        'a text for a number',
        agg('type: count, filter: { total_amount: much }'),
        'aggregations.0.filter.total_amount',
        'must be a number',
      ],
      [
        'half a cent',
        agg('type: count, filter: [{ field: total_amount, value: 0.5 }]'),
        'aggregations.0.filter.0.value',
        'whole number of cents',
      ],
      [
        'a wrong comparison',
        agg('type: count, filter: [{ field: country, op: like, value: x }]'),
        'aggregations.0.filter.0.op',
        'must be one of =',
      ],
      [
        'a wrong lateness',
        agg('type: count, allowed_lateness: 1 month'),
        'aggregations.0.allowed_lateness',
        'must be a duration',
      ],
      [
        'a slide that does not divide',
        win('sliding, duration: 5 minutes, slide: 2 minutes'),
        'aggregations.0.window.slide',
        'divide',
      ],
      [
        'a slide longer than the window',
        win('sliding, duration: 1 minute, slide: 2 minutes'),
        'aggregations.0.window.slide',
        'divide',
      ],
      [
        'too many panes',
        win('sliding, duration: 1 day, slide: 1 second'),
        'aggregations.0.window.slide',
        '1440 times at most',
      ],
      ['a sliding window without slide', win('sliding, duration: 1 day'), 'aggregations.0.window', 'has no "slide"'],
      [
        'a tumbling window with one',
        win('tumbling, duration: 1 day, slide: 1 hour'),
        'aggregations.0.window.slide',
        'sliding windows only',
      ],
      ['a window of nothing', win('tumbling, duration: 0'), 'aggregations.0.window.duration', '1 second to 366 days'],
      [
        'an alert on nothing',
        `${SHOP}alerts: [{ name: a, aggregation: b, op: ">", threshold: 1 }]`,
        'alerts.0.aggregation',
        'no aggregation',
      ],
      ['a list for a map', `${SHOP}stream: [kafka]`, 'stream', 'must be a map'],
      ['a text for a list', 'entity: { name: u, primary_key: u }\nevent_types: none', 'event_types', 'must be a list'],
    ])('refuses %s', async (_, text, path, message) => {
      const faults = await faultsOf((await at.of({ 'domains/shop': text })).load('shop'));
      expect(faults).toEqual([
        [
          expect.stringMatching(new RegExp(`^domains/shop\\.yaml:\\d+ ?${path.replaceAll('.', '\\.')}$`)),
          expect.stringContaining(message),
        ],
      ]);
    });

    it('puts secrets in, as text that is not looked into again', async () => {
      const domains = await at.of(
        {
          platform: 'warehouse: { database: "${secret:unused}" }',
          'domains/shop': `${SHOP}warehouse: { database: "dwh_\${secret:db}" }\ndescription: "\${secret:a}\${secret:a}, \${secret:team/b}"\n`,
        },
        { secrets: { db: 'one', a: '${secret:db} ', 'team/b': '{"x":1}' } },
      );
      expect(await domains.load('shop')).toMatchObject({
        warehouse: { database: 'dwh_one' },
        description: '${secret:db} ${secret:db} , {"x":1}',
      });
    });

    it('tells all secrets that are missing at once, and where they are referred to', async () => {
      const domains = await at.of(
        {
          platform: 'stream: { prefix: "${secret:prefix}" }',
          'domains/shop': `${SHOP}warehouse: { database: "\${secret:db}" }\ndescription: "\${secret:known} \${secret:about}"\n`,
        },
        { secrets: { known: 'hunter2' } },
      );
      const error = await failureOf(domains.load('shop'));
      expect(error.code).toBe('secret.missing');
      expect(error.faults.map(({ path }) => path).sort()).toEqual([
        'domains/shop.yaml:8 warehouse.database',
        'domains/shop.yaml:9 description',
        'platform.yaml:1 stream.prefix',
      ]);
      expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hunter2');
    });

    it('says of a secret that does not fit where it stands, and nothing of its value', async () => {
      const domains = await at.of(
        { 'domains/shop': `${SHOP}warehouse: { database: "\${secret:db}" }\nstream: { transport: "\${secret:t}" }\n` },
        { secrets: { db: 'hunter2; DROP', t: 'kafkahunter' } },
      );
      const error = await failureOf(domains.load('shop'));
      expect(error.faults).toEqual([
        { path: 'domains/shop.yaml:8 warehouse.database', message: 'cannot be what its secret says' },
        { path: 'domains/shop.yaml:9 stream.transport', message: 'cannot be what its secret says' },
      ]);
      expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/hunter/);
    });

    it.each(['${secret:}', '${secret:a b}', '${secret:a', '${secret:a#}', 'x${secret:a}${secret:é}'])(
      'refuses %s, which is no reference to a secret',
      async (text) => {
        const domains = await at.of({ 'domains/shop': `${SHOP}description: '${text}'\n` }, { secrets: { a: 'x' } });
        expect(await faultsOf(domains.load('shop'))).toEqual([
          ['domains/shop.yaml:8 description', expect.stringContaining('not written ${secret:KEY}')],
        ]);
      },
    );
  });

  function agg(text: string): string {
    return `${SHOP}aggregations:\n  - { name: a, event_type: purchase, ${text}, window: { type: tumbling, duration: 1 minute } }`;
  }

  function win(text: string): string {
    return `${SHOP}aggregations:\n  - { name: a, event_type: purchase, type: count, window: { type: ${text} } }`;
  }
}

async function failureOf(work: Promise<unknown>): Promise<PenstockError> {
  return work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as PenstockError,
  );
}

async function faultsOf(work: Promise<unknown>): Promise<[string, string][]> {
  const { code, faults } = await failureOf(work);
  expect(code).toBe('domain.invalid');
  return faults.map(({ path, message }) => [path, message]);
}
