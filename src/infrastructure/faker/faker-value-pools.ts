import type { Faker } from '@faker-js/faker';
import type { PoolKind } from '../../domain/event-pipelines/field-kinds.js';
import type { ValuePools } from '../../domain/ports/value-pools.port.js';

/** Texts of a pool: enough that groups by them look real, few enough to be ready at once. */
const POOL_SIZE = 256;
/** Where synthetic pages and mail boxes are, which is nobody's (RFC 2606). */
const NOWHERE = 'example.com';

/** Synthetic texts by faker, in English; nothing of it is loaded before it is needed. */
export class FakerValuePools implements ValuePools {
  async prepare(
    kinds: readonly PoolKind[],
    seed: number,
  ): Promise<ReadonlyMap<PoolKind, readonly [string, ...string[]]>> {
    if (kinds.length === 0) return new Map();
    const { faker } = await import('@faker-js/faker/locale/en');
    return new Map(kinds.map((kind) => [kind, pool(faker, kind, seed)]));
  }
}

/** What it holds does not depend on which others are asked for. */
function pool(faker: Faker, kind: PoolKind, seed: number): readonly [string, ...string[]] {
  faker.seed(seed);
  const make = MAKERS[kind];
  return [make(faker), ...Array.from({ length: POOL_SIZE - 1 }, () => make(faker))];
}

const MAKERS: Readonly<Record<PoolKind, (faker: Faker) => string>> = {
  url: (faker) => `https://www.${NOWHERE}/${faker.lorem.slug({ min: 1, max: 3 }).replaceAll('-', '/')}`,
  title: (faker) => faker.commerce.productName(),
  search: (faker) => `${faker.commerce.productAdjective()} ${faker.commerce.product()}`.toLowerCase(),
  product: (faker) => faker.commerce.productName(),
  category: (faker) => faker.commerce.department(),
  company: (faker) => faker.company.name(),
  person: (faker) => faker.person.fullName(),
  email: (faker) => faker.internet.email({ provider: NOWHERE }).toLowerCase(),
  city: (faker) => faker.location.city(),
  region: (faker) => faker.location.state(),
  address: (faker) => faker.location.streetAddress(),
  language: (faker) => `${faker.helpers.arrayElement(['en', 'de', 'fr', 'es', 'pt'])}-${faker.location.countryCode()}`,
  browser: (faker) => faker.helpers.arrayElement(['Chrome', 'Safari', 'Firefox', 'Edge']),
  userAgent: (faker) => faker.internet.userAgent(),
  ip: (faker) => faker.internet.ipv4({ network: 'test-net-1' }),
  mac: (faker) => faker.internet.mac(),
  version: (faker) => faker.system.semver(),
  color: (faker) => faker.color.human(),
  words: (faker) => faker.lorem.words({ min: 1, max: 3 }),
};
