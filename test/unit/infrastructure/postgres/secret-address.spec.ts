import { beforeEach, describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../src/domain/errors.js';
import type { Secret, SecretStore } from '../../../../src/domain/ports/secret-store.port.js';
import type { EngineEndpoint } from '../../../../src/infrastructure/embedded/engines.js';
import { postgresUrl } from '../../../../src/infrastructure/postgres/postgres-address.js';
import { SecretAddress } from '../../../../src/infrastructure/postgres/secret-address.js';

/** A store that holds one value, and counts how often it is asked. */
class OneSecret implements SecretStore {
  value = '';
  reads = 0;
  failure: PenstockError | undefined;

  async read(): Promise<Secret> {
    this.reads += 1;
    if (this.failure) throw this.failure;
    return { value: this.value, version: this.value };
  }
}

let store: OneSecret;
let nowMs: number;
beforeEach(() => {
  store = new OneSecret();
  nowMs = 0;
});

const OTHERWISE: EngineEndpoint = { url: 'postgresql://settings:5433', user: 'postgres', database: 'dwh' };
const addressOf = (value: unknown, otherwise?: EngineEndpoint): SecretAddress => {
  store.value = typeof value === 'string' ? value : JSON.stringify(value);
  return new SecretAddress(store, { id: 'app/db', otherwise, maxAgeMs: 60_000, nowMs: () => nowMs });
};
const urlOf = async (value: unknown, otherwise?: EngineEndpoint): Promise<string> =>
  postgresUrl(await addressOf(value, otherwise).endpoint());
const withPassword = (password: string) => ({ host: 'db.example', username: 'u', password });

describe('a database that a secret tells', () => {
  it('is read from JSON as AWS writes it, and from a URL', async () => {
    const rds = { engine: 'postgres', host: 'db.example', port: 5432, username: 'u', password: 'p@/ss', dbname: 'dwh' };
    expect(await urlOf(rds)).toBe('postgresql://u:p%40%2Fss@db.example:5432/dwh');
    expect(await urlOf({ host: '::1', username: 'u', password: 'p' })).toBe('postgresql://u:p@[::1]');
    expect(await urlOf('postgres://u:p@db.example/dwh\n')).toBe('postgres://u:p@db.example/dwh');
    expect(await urlOf({ url: 'postgres://db.example/dwh', username: 'u' })).toBe('postgres://u@db.example/dwh');
  });

  it('has from the settings what the secret leaves out', async () => {
    expect(await urlOf({ username: 'u', password: 'p' }, OTHERWISE)).toBe('postgresql://u:p@settings:5433/dwh');
    expect(await urlOf({ host: 'other', username: 'u', password: 'p' }, OTHERWISE)).toBe('postgresql://u:p@other/dwh');
  });

  it.each(['', 'secret word', '"text"', '[', '{}', '{"host":"not a host"}'])(
    'is none by %j, whose words are not repeated',
    async (value) => {
      const failure = (await addressOf(value)
        .endpoint()
        .catch((error: unknown) => error)) as PenstockError;
      expect(failure.code).toBe('secret.invalid');
      if (value.length > 5) expect(failure.message + String(failure.cause)).not.toContain(value);
    },
  );

  it('is read once for many, and again when it is old', async () => {
    const address = addressOf(withPassword('one'));
    await Promise.all(Array.from({ length: 5 }, () => address.endpoint()));
    nowMs += 59_999;
    await address.endpoint();
    expect(store.reads).toBe(1);
    store.value = JSON.stringify(withPassword('two'));
    nowMs += 1;
    expect((await address.endpoint()).password).toBe('two');
    expect(store.reads).toBe(2);
  });

  it('is read again at once when what it told was refused, and not for those who come late', async () => {
    const address = addressOf(withPassword('old'));
    const refused = await address.endpoint();
    store.value = JSON.stringify(withPassword('new'));
    nowMs += 1000;
    const answers = await Promise.all([address.endpoint(refused), address.endpoint(refused)]);
    expect(answers.map(({ password }) => password)).toEqual(['new', 'new']);
    expect((await address.endpoint(refused)).password).toBe('new');
    expect(store.reads).toBe(2);
  });

  it('is not asked for again and again while a wrong password stands in it', async () => {
    const address = addressOf(withPassword('wrong'));
    const refused = await address.endpoint();
    nowMs += 1000;
    for (let n = 0; n < 10; n += 1) await address.endpoint(refused);
    expect(store.reads).toBe(2);
  });

  it('stays as it was while the store does not answer, or holds nonsense', async () => {
    const address = addressOf(withPassword('one'));
    await address.endpoint();
    store.failure = new PenstockError('secret.unreachable', 'No.');
    nowMs += 60_000;
    expect((await address.endpoint()).password).toBe('one');
    store.failure = undefined;
    store.value = '{';
    nowMs += 60_000;
    expect((await address.endpoint()).password).toBe('one');
  });

  it('says why nothing is known of it at first', async () => {
    const address = addressOf('');
    store.failure = new PenstockError('secret.unknown', 'No.');
    await expect(address.endpoint()).rejects.toMatchObject({ code: 'secret.unknown' });
  });
});
