import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PenstockError } from '../../src/domain/errors.js';
import { type VaultAddress, VaultHttp } from '../../src/infrastructure/vault/vault-http.js';
import { VaultSecretStore } from '../../src/infrastructure/vault/vault-secret-store.js';
import { NOBODY } from '../support/engine-of.js';
import { type Mischief, VaultServer } from '../support/vault-server.js';
import { secretStoreContract } from './secret-store.contract.js';

const TOKEN = 'hvs.test';
/** For answers that come. */
const PATIENCE_MS = 20_000;

function storeAt(address: Partial<VaultAddress>, options = { mount: 'secret', path: 'penstock' }): VaultSecretStore {
  const http = new VaultHttp({
    url: undefined,
    token: TOKEN,
    namespace: undefined,
    requestTimeoutMs: PATIENCE_MS,
    ...address,
  });
  return new VaultSecretStore(http, options);
}

secretStoreContract('Vault', async () => {
  const vault = await new VaultServer(TOKEN).start();
  const fields = new Map<string, unknown>();
  const keep = () => vault.put('penstock', Object.fromEntries(fields));
  keep();
  return {
    secrets: storeAt({ url: vault.url }),
    stranger: storeAt({ url: vault.url, token: 'other' }),
    unreachable: storeAt({ url: NOBODY.url }),
    write: async (id, value) => {
      fields.set(id, typeof value === 'string' ? value : [...value]);
      keep();
    },
    delete: async (id) => {
      fields.delete(id);
      keep();
    },
    close: () => vault.stop(),
  };
});

describe('secrets of Vault', () => {
  let vault: VaultServer;
  let secrets: VaultSecretStore;
  beforeAll(async () => {
    vault = await new VaultServer(TOKEN).start();
    secrets = storeAt({ url: `${vault.url}/` });
    vault.put('penstock', { db_password: 'one', port: 5432, tls: true, hosts: ['a'] });
    vault.put('team a/db', { password: 'größe', 'user.name': 'u' });
  });
  afterEach(() => {
    vault.mischief = undefined;
    vault.times = Number.POSITIVE_INFINITY;
    vault.asked.length = 0;
  });
  afterAll(() => vault.stop());

  const failure = (id: string, store = secrets): Promise<PenstockError> =>
    store.read(id).then(
      () => {
        throw new Error('It was read.');
      },
      (error: unknown) => error as PenstockError,
    );
  const values = async (...ids: string[]): Promise<string[]> =>
    (await Promise.all(ids.map((id) => secrets.read(id)))).map(({ value }) => value);

  it('are fields of one secret, or of another that is named before #', async () => {
    expect(await values('db_password', 'port', 'tls')).toEqual(['one', '5432', 'true']);
    expect(await values('team a/db#password', '/team a//db#user.name')).toEqual(['größe', 'u']);
  });

  it('are one request where several fields of one are wanted at once', async () => {
    await values('db_password', 'port', 'tls', 'team a/db#password');
    expect(vault.asked.toSorted()).toEqual(['/v1/secret/data/penstock', '/v1/secret/data/team%20a/db']);
  });

  it('are looked for below another mount, in a namespace', async () => {
    const other = await new VaultServer(TOKEN, { mount: 'kv/apps', namespace: 'team/one' }).start();
    try {
      other.put('shop', { key: 'k' });
      const options = { mount: 'kv/apps', path: 'shop' };
      expect((await storeAt({ url: other.url, namespace: 'team/one' }, options).read('key')).value).toBe('k');
      expect(await failure('key', storeAt({ url: other.url }, options))).toMatchObject({ code: 'secret.unknown' });
    } finally {
      await other.stop();
    }
  });

  it('are not there when their latest version is deleted', async () => {
    vault.put('gone', { a: '1' });
    vault.delete('gone');
    expect(await failure('gone#a')).toMatchObject({ code: 'secret.unknown' });
  });

  it.each(['nothing', 'penstock#nothing', 'penstock#toString', '../../sys/health#x', '#x', 'a/./b#x'])(
    'are not there by the name %s',
    async (id) => {
      expect(await failure(id)).toMatchObject({ code: 'secret.unknown' });
      expect(vault.asked.every((path) => path.startsWith('/v1/secret/data/'))).toBe(true);
    },
  );

  it.each<[Mischief, string, RegExp]>([
    [403, 'secret.refused', /token/],
    [400, 'secret.refused', /VAULT_NAMESPACE/],
    [404, 'secret.unknown', /no secret/],
    ['sealed', 'secret.unreachable', /sealed/],
    [500, 'secret.unreachable', /status 500/],
    ['redirect', 'secret.unreachable', /VAULT_ADDR/],
    ['no-json', 'secret.unreachable', /no secret of KV version 2/],
    ['v1', 'secret.unreachable', /no secret of KV version 2/],
    ['endless', 'secret.unreachable', /more than 1048576 bytes/],
  ])('tell apart an answer of the kind %s', async (mischief, code, message) => {
    vault.mischief = mischief;
    const error = await failure('db_password');
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify([error.message, error.faults, String(error.cause)])).not.toMatch(/hunter2|hvs/);
  });

  it('say that Vault does not answer in time', async () => {
    vault.mischief = 'silent';
    const error = await failure('db_password', storeAt({ url: vault.url, requestTimeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'secret.unreachable', message: 'Vault did not answer within 50 ms.' });
  });

  it.each([429, 500, 502, 412])('are asked for again after a status %d that passes', async (status) => {
    vault.mischief = status;
    vault.times = 2;
    expect(await values('db_password')).toEqual(['one']);
  });

  it('need an address', async () => {
    const error = await failure('db_password', storeAt({}));
    expect(error).toMatchObject({ code: 'secret.refused', message: expect.stringContaining('VAULT_ADDR') });
  });

  it.each<[Mischief, RegExp]>([
    ['sealed', /sealed/],
    ['uninitialised', /not initialised/],
    [472, /waits for a disaster/],
    [500, /status 500/],
  ])('say of a Vault that is %s that it does not work', async (mischief, message) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await expect(secrets.check(signal)).resolves.toBeUndefined();
    vault.mischief = mischief;
    await expect(secrets.check(signal)).rejects.toMatchObject({
      code: 'secret.unreachable',
      message: expect.stringMatching(message),
    });
  });
});
