import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckSchemasHandler, CheckSchemasQuery } from '../../src/application/event-pipelines/check-schemas.query.js';
import {
  RegisterSchemasCommand,
  RegisterSchemasHandler,
} from '../../src/application/event-pipelines/register-schemas.command.js';
import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import { DomainConfigs } from '../../src/domain/ports/domain-configs.port.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresSchemaRegistry } from '../../src/infrastructure/postgres/registry/postgres-schema-registry.js';
import { RegistryTurn } from '../../src/infrastructure/postgres/registry/registry-turn.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { freshName } from '../support/engine-of.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';

class OneDomain extends DomainConfigs {
  domain: DomainConfig = { ...SHOP_DOMAIN, stream: { ...SHOP_DOMAIN.stream, prefix: freshName('events') } };

  async list(): Promise<string[]> {
    return [this.domain.name];
  }

  async load(): Promise<DomainConfig> {
    return this.domain;
  }
}

describe('the schemas of a domain, in the registry', () => {
  const configs = new OneDomain();
  const { prefix } = configs.domain.stream;
  const subjects = [`${prefix}.page_view-value`, `${prefix}.purchase-value`];
  let pool: PostgresPool;
  let registry: PostgresSchemaRegistry;
  beforeAll(async () => {
    const url = await migratedPostgres();
    pool = new PostgresPool(async () => ({ url }), { poolSize: 2, statementTimeoutMs: 60_000 });
    registry = new PostgresSchemaRegistry(pool, new RegistryTurn(pool), new CountedMetrics());
  });
  afterAll(() => pool.close());

  const check = () => new CheckSchemasHandler(configs, registry).execute(new CheckSchemasQuery('shop'));
  const register = () => new RegisterSchemasHandler(configs, registry).execute(new RegisterSchemasCommand('shop'));
  const changed = (event: string, family: 'metrics' | 'dimensions', name: string): DomainConfig => ({
    ...configs.domain,
    eventTypes: configs.domain.eventTypes.map((known) =>
      known.name === event ? { ...known, [family]: [...known[family], name] } : known,
    ),
  });

  it('are compatible with nothing, registered once, found again, and only all of them or none', async () => {
    expect(await check()).toMatchObject({ domain: 'shop', is_compatible: true });
    const first = await register();
    expect(first.schemas.map(({ subject, version }) => [subject, version])).toEqual(subjects.map((name) => [name, 1]));
    expect(await register()).toEqual(first);

    configs.domain = changed('page_view', 'metrics', 'scroll_depth');
    expect(await check()).toMatchObject({ is_compatible: true });
    configs.domain = changed('purchase', 'dimensions', 'channel');
    const refused = await check();
    expect(refused.schemas.map((verdict) => verdict.is_compatible)).toEqual([true, false]);
    expect(refused).toMatchObject({ is_compatible: false, schemas: [{ messages: [] }, { subject: subjects[1] }] });
    expect(refused.schemas[1]!.messages.join()).toContain('channel');
    await expect(register()).rejects.toMatchObject({ code: 'schema.incompatible', faults: [{ path: subjects[1] }] });
    expect(await registry.latest(subjects[0]!)).toMatchObject({ version: 1 });
  });
});
