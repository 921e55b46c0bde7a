import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import avsc from 'avsc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../src/capabilities.js';
import { createService } from '../../../src/service.js';
import { DomainFolder } from '../../support/domain-folder.js';
import { penstock, type Run } from '../../support/penstock.js';
import { VaultServer } from '../../support/vault-server.js';

type Body = Record<string, unknown>;

const SHOP = `description: A shop
entity: { name: user, primary_key: user_id }
event_types:
  - name: page_view
    attributes: [page_url]
    dimensions: [device_type]
aggregations:
  - name: views
    event_type: page_view
    type: count
    window: { type: tumbling, duration: 1 minute }
    filter: { page_url: "\${secret:landing_page}" }
`;

let folder: DomainFolder;
let vault: VaultServer;
let environment: Record<string, string>;
beforeAll(async () => {
  folder = await DomainFolder.of({
    platform: 'stream: { shards: 1 }',
    'environments/prod': 'stream: { shards: 8 }',
    'domains/shop': SHOP,
    'domains/broken': 'entity: { name: user, primary_key: user_id }\nevent_typs: []\n',
  });
  vault = await new VaultServer('hvs.hunter2').start();
  vault.put('penstock', { landing_page: '/hunter2' });
  environment = {
    DOMAINS_DIR: folder.path,
    PENSTOCK_HOME: join(folder.path, 'home'),
    SECRETS_BACKEND: 'vault',
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: 'hvs.hunter2',
    LOGGING_LEVEL: 'CRITICAL',
  };
});
afterAll(async () => {
  await vault.stop();
  await folder.remove();
});

describe('domains over HTTP', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const capabilities = CAPABILITIES.filter(({ name }) => name === 'domains');
    ({ app } = await createService('serve', { environment, capabilities }));
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const ask = async (url: string): Promise<{ status: number; body: Body }> => {
    const { statusCode, body } = await app.inject(url);
    expect(body).not.toContain('hunter2');
    return { status: statusCode, body: JSON.parse(body) as Body };
  };

  it('are listed, also those with faults', async () => {
    expect(await ask('/domains')).toEqual({
      status: 200,
      body: {
        domains: [
          {
            name: 'broken',
            event_types: [],
            aggregations: [],
            faults: [
              { path: 'domains/broken.yaml:1', message: 'has no "event_types"' },
              { path: 'domains/broken.yaml:2 event_typs', message: 'is not known (did you mean "event_types"?)' },
            ],
          },
          { name: 'shop', description: 'A shop', event_types: ['page_view'], aggregations: ['views'] },
        ],
      },
    });
  });

  it('show their merged configuration with references for secrets, by environment', async () => {
    const { body } = await ask('/domains/shop/config?environment=prod');
    expect(body).toMatchObject({
      domain: 'shop',
      environment: 'prod',
      config: {
        stream: { transport: 'kinesis', prefix: 'events', shards: 8 },
        aggregations: [{ filter: { page_url: '${secret:landing_page}' } }],
      },
    });
    expect(body).not.toHaveProperty('settings');
    expect((await ask('/domains/shop/config')).body).toMatchObject({ config: { stream: { shards: 1 } } });
  });

  it('explain which file set each value', async () => {
    const { body } = await ask('/domains/shop/config?environment=prod&explain=true');
    expect(body['settings']).toEqual(
      expect.arrayContaining([
        { path: 'stream.shards', value: 8, file: 'environments/prod.yaml', line: 1 },
        { path: 'stream.prefix', value: 'events' },
        {
          path: 'aggregations.0.filter.page_url',
          value: '${secret:landing_page}',
          file: 'domains/shop.yaml',
          line: 12,
        },
      ]),
    );
  });

  it('have Avro schemas and subjects', async () => {
    const { status, body } = await ask('/domains/shop/schemas');
    const { body: metrics } = await app.inject('/metrics');
    expect(metrics).toContain('penstock_secret_lookups_total{backend="vault",outcome="found"} 1');
    expect([status, body['subjects']]).toEqual([200, { page_view: 'events.page_view-value' }]);
    const { page_view: schema } = body['schemas'] as Record<string, avsc.Schema>;
    expect(avsc.Type.forSchema(schema!).schema()).toMatchObject({ name: 'com.streaming.events.page_view' });
  });

  it.each([
    ['/domains/shops/config', 404, 'domain.unknown'],
    ['/domains/..%2Fplatform/config', 404, 'domain.unknown'],
    ['/domains/shop/config?environment=dev', 404, 'environment.unknown'],
    ['/domains?environment=dev', 404, 'environment.unknown'],
    ['/domains/broken/schemas', 422, 'domain.invalid'],
    ['/domains/shop/config?explain=maybe', 400, 'request.invalid'],
    ['/domains/shop/config?enviroment=dev', 400, 'request.invalid'],
  ])('answer %s with %d', async (url, status, code) => {
    expect(await ask(url)).toMatchObject({ status, body: { code } });
  });

  it('are ready as long as their secrets can be looked up', async () => {
    const ready = async (): Promise<unknown> => ((await ask('/health/ready')).body['details'] as Body)['secrets'];
    expect(await ready()).toMatchObject({ status: 'up' });
    vault.mischief = 'sealed';
    const sealed = { status: 'down', message: 'Vault is sealed, or down for maintenance.' };
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject(sealed);
    vault.mischief = undefined;
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 'up' });
  });
});

describe('domains on the command line', () => {
  const run = (words: readonly string[], more: Record<string, string> = {}): Promise<Run> =>
    penstock(words, { ...environment, ...more });
  const json = async (...words: string[]): Promise<Body> =>
    JSON.parse((await run([...words, '--json'])).stdout) as Body;

  it('are listed', async () => {
    const { exitCode, stdout } = await run(['domains', 'list']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^DOMAIN +EVENT TYPES +AGGREGATIONS +ABOUT\nbroken .* config show broken .*\nshop +1 +1 +A shop\n$/,
    );
    expect(await json('domains', 'list')).toMatchObject({ domains: [{ name: 'broken' }, { name: 'shop' }] });
  });

  it('show their configuration as YAML, and where each value comes from', async () => {
    const shown = await run(['config', 'show', 'shop'], { ENVIRONMENT: 'prod' });
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^stream:\n {2}transport: kinesis\n {2}prefix: events\n {2}shards: 8$/m);
    const { stdout } = await run(['config', 'show', 'shop', '--environment', 'prod', '--explain']);
    expect(stdout).toMatch(/^stream\.shards +8 +environments\/prod\.yaml:1$/m);
    expect(stdout).toMatch(/^stream\.prefix +events +\(default\)$/m);
    expect(stdout).toMatch(/^aggregations\.0\.filter\.page_url +\$\{secret:landing_page\} +domains\/shop\.yaml:12$/m);
  });

  it('tell what is wrong, and end with the code for it', async () => {
    const broken = await run(['config', 'show', 'broken']);
    expect(broken).toMatchObject({ exitCode: 65, stdout: '' });
    expect(broken.stderr).toContain('domains/broken.yaml:2 event_typs: is not known (did you mean "event_types"?)');
    expect(await run(['config', 'show', 'nowhere'])).toMatchObject({ exitCode: 66, stdout: '' });
    expect(await run(['config', 'show', 'shop', '-e', 'nowhere'])).toMatchObject({ exitCode: 66 });
    const missing = await run(['schemas', 'generate', 'shop'], { SECRETS_BACKEND: 'env' });
    expect(missing).toMatchObject({ exitCode: 69, stdout: '' });
    expect(missing.stderr).toContain('domains/shop.yaml:12 aggregations.0.filter.page_url: ${secret:landing_page}');
  });

  it('print their schemas, or write them as files', async () => {
    const schemas = await json('schemas', 'generate', 'shop');
    expect(schemas).toMatchObject({ page_view: { type: 'record', name: 'page_view' } });
    const out = await mkdtemp(join(tmpdir(), 'penstock-schemas-'));
    try {
      const { exitCode, stdout } = await run(['schemas', 'generate', 'shop', '--output', join(out, 'new')]);
      expect([exitCode, stdout]).toEqual([0, `${join(out, 'new', 'page_view.avsc')}\n`]);
      expect(await readdir(join(out, 'new'))).toEqual(['page_view.avsc']);
      expect(JSON.parse(await readFile(join(out, 'new', 'page_view.avsc'), 'utf8'))).toEqual(schemas['page_view']);
    } finally {
      await rm(out, { recursive: true });
    }
  });
});
