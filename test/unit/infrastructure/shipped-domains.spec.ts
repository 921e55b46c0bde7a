import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DomainConfig, streamNameOf } from '../../../src/domain/event-pipelines/domain-config.js';
import { generateAllSchemas } from '../../../src/domain/event-pipelines/generate-all-schemas.js';
import { ConfigFolder } from '../../../src/infrastructure/yaml/config-folder.js';
import { DomainShape } from '../../../src/infrastructure/yaml/domain-shape.js';
import { YamlDomainConfigs } from '../../../src/infrastructure/yaml/yaml-domain-configs.js';

const configs = new YamlDomainConfigs(new ConfigFolder('config'), {
  environment: undefined,
  secretsMaxAgeMs: 0,
  nowMs: () => 0,
  shape: async () => new DomainShape(),
  resolve: async () => new Map(),
});

describe('the domains that are shipped', () => {
  let domains: DomainConfig[];
  beforeAll(async () => {
    domains = await Promise.all((await configs.list()).map((name) => configs.load(name)));
  });

  it('are these three', () => {
    expect(domains.map(({ name }) => name)).toEqual(['ecommerce', 'fintech', 'iot']);
  });

  it.each([undefined, 'dev', 'prod'])('are right in the environment %s', async (environment) => {
    for (const name of await configs.list()) {
      const domain = await configs.load(name, environment);
      expect(Object.keys(generateAllSchemas(domain))).toHaveLength(domain.eventTypes.length);
      expect(domain.postgres === undefined).toBe(environment === undefined);
    }
  });

  it('show all there is to aggregations, each of them', () => {
    for (const { aggregations, alerts } of domains) {
      expect(new Set(aggregations.map(({ kind }) => kind)).size).toBe(4);
      expect(new Set(aggregations.map(({ window }) => window.kind)).size).toBe(2);
      expect(aggregations.some(({ filter }) => filter.length > 0)).toBe(true);
      expect(alerts.length).toBeGreaterThan(0);
    }
  });

  it('have the events of a shop that the platform documents', () => {
    const [shop] = domains;
    expect(shop!.eventTypes.map(({ name }) => name)).toEqual([
      'page_view',
      'product_view',
      'add_to_cart',
      'purchase',
      'search',
    ]);
  });

  it('do not share a stream', () => {
    const streams = domains.flatMap((domain) => domain.eventTypes.map(({ name }) => streamNameOf(domain, name)));
    expect(streams).toEqual([...new Set(streams)]);
  });

  it('are shipped in the image', () => {
    expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^COPY config config$/m);
    expect(readFileSync('.dockerignore', 'utf8')).toMatch(/^!config$/m);
  });
});
