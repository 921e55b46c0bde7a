import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAll } from '../../src/infrastructure/config/settings.js';
import { EnvironmentSecretStore } from '../../src/infrastructure/secrets/environment-secret-store.js';
import { secretStoreContract } from './secret-store.contract.js';

secretStoreContract('variables', async () => {
  const variables = new Map<string, string>();
  return {
    secrets: new EnvironmentSecretStore((variable) => variables.get(variable)),
    isTextOnly: true,
    write: async (id, value) => void variables.set(id, String(value)),
    delete: async (id) => void variables.delete(id),
    close: async () => undefined,
  };
});

describe('secrets as variables', () => {
  const storeOf = (env: Readonly<Record<string, string>>): EnvironmentSecretStore => {
    const settings = readAll(env);
    return new EnvironmentSecretStore((variable) => settings.secret(variable));
  };

  it('are found by their own name, or in capitals', async () => {
    const secrets = storeOf({ db_password: 'lower', DB_PASSWORD: 'upper', TEAM_A_DB: 'team', EMPTY: '' });
    const values = await Promise.all(['db_password', 'Db_Password', 'team-a/db'].map((id) => secrets.read(id)));
    expect(values.map(({ value }) => value)).toEqual(['lower', 'upper', 'team']);
    await expect(secrets.read('empty')).rejects.toMatchObject({ code: 'secret.unknown' });
  });

  it('can stand in a file that a variable names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-secrets-'));
    try {
      await writeFile(join(folder, 'p'), 'of a file\n');
      const secrets = storeOf({ DB_PASSWORD_FILE: join(folder, 'p'), OTHER_FILE: join(folder, 'q') });
      expect((await secrets.read('db_password')).value).toBe('of a file');
      await expect(secrets.read('other')).rejects.toMatchObject({ code: 'secret.refused' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
