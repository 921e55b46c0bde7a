import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/domain/errors.js';
import { EnvironmentSecretStore } from '../../src/infrastructure/secrets/environment-secret-store.js';
import { SecretDesk } from '../../src/infrastructure/secrets/secret-desk.js';
import { ConfigFolder } from '../../src/infrastructure/yaml/config-folder.js';
import { DomainShape } from '../../src/infrastructure/yaml/domain-shape.js';
import { YamlDomainConfigs } from '../../src/infrastructure/yaml/yaml-domain-configs.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { DomainFolder } from '../support/domain-folder.js';
import { domainConfigsContract } from './domain-configs.contract.js';

const shape = new DomainShape();
const folders: DomainFolder[] = [];

interface Options {
  readonly environment?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly nowMs?: () => number;
}

function configsIn(folder: string, { environment, secrets = {}, nowMs = () => 0 }: Options = {}): YamlDomainConfigs {
  const env = { secrets: new EnvironmentSecretStore((key) => secrets[key]), check: async () => undefined };
  const desk = new SecretDesk({ env, file: env, vault: env, aws: env }, 'env', new CountedMetrics());
  return new YamlDomainConfigs(new ConfigFolder(folder), {
    environment,
    secretsMaxAgeMs: 1000,
    nowMs,
    shape: async () => shape,
    resolve: (backend, references) => desk.resolve(backend, references),
  });
}

async function folderOf(layers: Readonly<Record<string, string | Uint8Array>>): Promise<DomainFolder> {
  const folder = await DomainFolder.of(layers);
  folders.push(folder);
  return folder;
}

afterAll(() => Promise.all(folders.splice(0).map((folder) => folder.remove())));

domainConfigsContract('YAML files', async () => ({
  of: async (layers, options) => configsIn((await folderOf(layers)).path, options),
  close: async () => undefined,
}));

const SHOP = 'entity: { name: user, primary_key: user_id }\nevent_types: [{ name: a }]\n';

async function faultsOf(text: string | Uint8Array): Promise<PenstockError['faults']> {
  const configs = configsIn((await folderOf({ 'domains/shop': text })).path);
  return configs.load('shop').then(
    () => [],
    ({ faults }: PenstockError) => faults,
  );
}

describe('domains as YAML files', () => {
  it.each([
    ['what is no YAML', 'a: [1,\nb: 2', /^domains\/shop\.yaml:2$/, /is not YAML \(/],
    ['a key twice', `${SHOP}entity: {}`, /:3$/, /key that is there already/],
    ['a tab', 'a:\n\tb: 1', /:2$/, /is not YAML/],
    ['a second document', `${SHOP}---\n${SHOP}`, /:3$/, /is not YAML \(MULTIPLE_DOCS\)/],
    ['an alias', 'a: &x [1]\nb: *x', /:2 b$/, /is an alias/],
    ['a tag of its own', `${SHOP}description: !!js/function x`, /:3$/, /is not YAML/],
    ['a list', '- a', /:1$/, /must be a map/],
    ['a text', 'shop', /:1$/, /must be a map/],
    ['a number beyond all', `${SHOP}description: .inf`, /:3 description$/, /cannot be kept/],
    ['what is not UTF-8', Uint8Array.of(0x61, 0x3a, 0x20, 0xff), /:1$/, /not UTF-8/],
    ['what is too long', `${SHOP}# ${'x'.repeat(300_000)}`, /:1$/, /has more than 262144 characters/],
    ['what is far too long', `${SHOP}# ${'x'.repeat(2_000_000)}`, /:1$/, /is too large/],
    ['brackets alone', '['.repeat(20_000), /:1$/, /not YAML|too deeply/],
    ['maps in maps', `a: ${'{a: '.repeat(30)}1${'}'.repeat(30)}`, /:1 a/, /too deeply/],
  ])('refuse %s', async (_, text, path, message) => {
    const faults = await faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toEqual({ path: expect.stringMatching(path), message: expect.stringMatching(message) });
  });

  it('refuse the laughs of billions without taking their time', async () => {
    const lines = Array.from({ length: 20 }, (_, n) => `x${n + 1}: &x${n + 1} [${`*x${n}, `.repeat(9)}*x${n}]`);
    const faults = await faultsOf(['x0: &x0 [lol]', ...lines].join('\n'));
    expect(faults).toContainEqual({ path: 'domains/shop.yaml:2 x1.0', message: 'is an alias; write it out' });
    expect(faults).toHaveLength(100);
  });

  it('give every line its number with any line ends', async () => {
    const text = `${SHOP}\n\nstream:\n  shards: x\n`.replaceAll('\n', '\r\n');
    expect(await faultsOf(text)).toEqual([
      { path: 'domains/shop.yaml:6 stream.shards', message: 'must be a whole number' },
    ]);
  });

  it('take up a change of a file, and answer the same object until there is one', async () => {
    const folder = await folderOf({ 'domains/shop': SHOP });
    const configs = configsIn(folder.path);
    const first = await configs.load('shop');
    expect(await configs.load('shop')).toBe(first);
    await folder.write('platform', 'stream: { prefix: other }');
    expect(await configs.load('shop')).toMatchObject({ stream: { prefix: 'other' } });
    await folder.write('domains/shop', 'a');
    await expect(configs.load('shop')).rejects.toMatchObject({ code: 'domain.invalid' });
    await folder.write('domains/shop', `${SHOP}\n`);
    expect(await configs.load('shop')).toMatchObject({ stream: { prefix: 'other' } });
  });

  it('look a secret up again once it is old', async () => {
    const folder = await folderOf({ 'domains/shop': `${SHOP}description: "\${secret:word}"` });
    const secrets = { word: 'one' };
    let nowMs = 5000;
    const configs = configsIn(folder.path, { secrets, nowMs: () => nowMs });
    expect((await configs.load('shop')).description).toBe('one');
    secrets.word = 'two';
    nowMs += 999;
    expect((await configs.load('shop')).description).toBe('one');
    nowMs += 1;
    expect((await configs.load('shop')).description).toBe('two');
  });

  it('keep the value of a secret while its backend does not answer, and ask once for all who wait', async () => {
    const folder = await folderOf({ 'domains/shop': `${SHOP}description: "\${secret:word}"` });
    let [nowMs, looks, failure] = [0, 0, undefined as PenstockError | undefined];
    const configs = new YamlDomainConfigs(new ConfigFolder(folder.path), {
      environment: undefined,
      secretsMaxAgeMs: 1000,
      nowMs: () => nowMs,
      shape: async () => shape,
      resolve: async () => {
        looks += 1;
        if (failure !== undefined) throw failure;
        return new Map([['word', `look ${looks}`]]);
      },
    });
    const descriptions = async (): Promise<string[]> =>
      (await Promise.all([1, 2, 3].map(() => configs.load('shop')))).map(({ description }) => description);
    expect(await descriptions()).toEqual(['look 1', 'look 1', 'look 1']);
    failure = new PenstockError('secret.unreachable', 'Vault does not answer.');
    nowMs += 1000;
    expect(await descriptions()).toEqual(['look 1', 'look 1', 'look 1']);
    expect(looks).toBe(2);
    failure = new PenstockError('secret.missing', 'It was removed.');
    nowMs += 1000;
    await expect(configs.load('shop')).rejects.toMatchObject({ code: 'secret.missing' });
    failure = undefined;
    expect(await descriptions()).toEqual(['look 4', 'look 4', 'look 4']);
  });

  it('explain which file set each value, and never a secret', async () => {
    const folder = await folderOf({
      platform: 'stream:\n  prefix: p\n  shards: 2\n',
      'environments/prod': '\nstream:\n  shards: 8\n',
      'domains/shop': `${SHOP}description: "Shop \${secret:word}"\n`,
    });
    const configs = configsIn(folder.path, { secrets: { word: 'hunter2' } });
    await configs.load('shop', 'prod');
    const { environment, config, settings } = await configs.explain('shop', 'prod');
    expect(environment).toBe('prod');
    expect(config).toMatchObject({ description: 'Shop ${secret:word}', stream: { prefix: 'p', shards: 8 } });
    expect(settings).toEqual([
      { path: 'description', value: 'Shop ${secret:word}', file: 'domains/shop.yaml', line: 3 },
      { path: 'namespace', value: 'com.streaming.events' },
      { path: 'entity.name', value: 'user', file: 'domains/shop.yaml', line: 1 },
      { path: 'entity.primary_key', value: 'user_id', file: 'domains/shop.yaml', line: 1 },
      { path: 'event_types.0.name', value: 'a', file: 'domains/shop.yaml', line: 2 },
      { path: 'aggregations', value: [] },
      { path: 'alerts', value: [] },
      { path: 'synthetic.user_pool_size', value: 100 },
      { path: 'synthetic.purchase_conversion_rate', value: 0.35 },
      { path: 'stream.transport', value: 'kinesis' },
      { path: 'stream.prefix', value: 'p', file: 'platform.yaml', line: 2 },
      { path: 'stream.shards', value: 8, file: 'environments/prod.yaml', line: 3 },
      { path: 'warehouse.database', value: 'default' },
    ]);
  });

  it('name the backends in which somebody has secrets, and no others', async () => {
    const folder = await folderOf({
      platform: 'secrets: { backend: file }',
      'domains/plain': SHOP,
      'domains/broken': 'a: b',
      'domains/shop': `${SHOP}description: "\${secret:word}"\nsecrets: { backend: vault }`,
    });
    expect([...(await configsIn(folder.path).backends())]).toEqual(['vault']);
    await folder.write('domains/shop', SHOP);
    expect([...(await configsIn(folder.path).backends())]).toEqual([]);
  });

  it('pass over files that no domain can be called after', async () => {
    const folder = await folderOf({ 'domains/shop': SHOP, 'domains/Not-a-name': SHOP, 'domains/.hidden': SHOP });
    expect(await configsIn(folder.path).list()).toEqual(['shop']);
  });

  it('say that there is no such folder', async () => {
    const { path } = await folderOf({});
    await expect(configsIn(join(path, 'nowhere')).list()).rejects.toMatchObject({ code: 'domain.invalid' });
  });
});
