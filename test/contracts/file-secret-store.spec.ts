import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FieldSecretStore } from '../../src/infrastructure/secrets/field-secret-store.js';
import { FileSecretStore } from '../../src/infrastructure/secrets/file-secret-store.js';
import { secretStoreContract } from './secret-store.contract.js';

const open = (): Promise<string> => mkdtemp(join(tmpdir(), 'penstock-secrets-'));

secretStoreContract('files', async () => {
  const folder = await open();
  return {
    secrets: new FileSecretStore(folder),
    stem: 'app.db',
    write: (id, value) => writeFile(join(folder, id), value),
    delete: (id) => rm(join(folder, id)),
    close: () => rm(folder, { recursive: true }),
  };
});

describe('secrets as files', () => {
  let folder: string;
  let secrets: FileSecretStore;
  beforeAll(async () => {
    const above = await open();
    folder = join(above, 'secrets');
    await mkdir(folder);
    await writeFile(join(above, 'other'), 'not a secret');
    secrets = new FileSecretStore(folder);
  });
  afterAll(() => rm(join(folder, '..'), { recursive: true }));

  it.each([
    ['one\n', 'one'],
    ['one\r\n', 'one'],
    ['one\n\n', 'one\n'],
    [' one ', ' one '],
    ['', ''],
  ])('lose of %j no more than the end of a line', async (content, value) => {
    await writeFile(join(folder, 'key'), content);
    expect((await secrets.read('key')).value).toBe(value);
  });

  it('are found as Kubernetes mounts them, behind links', async () => {
    await mkdir(join(folder, '..2026_01_01'));
    await writeFile(join(folder, '..2026_01_01', 'mounted'), 'm');
    await symlink('..2026_01_01', join(folder, '..data'));
    await symlink('..data/mounted', join(folder, 'mounted'));
    expect((await secrets.read('mounted')).value).toBe('m');
  });

  it.each(['../other', '..', '.', '/etc/hostname', '..data', 'a/b', '', 'x\0'])(
    'are never looked for outside of the folder: %j',
    async (id) => {
      await expect(secrets.read(id)).rejects.toMatchObject({ code: 'secret.unknown' });
    },
  );

  it('have a bound', async () => {
    await writeFile(join(folder, 'large'), 'x'.repeat(1_048_577));
    await expect(secrets.read('large')).rejects.toMatchObject({ code: 'secret.invalid' });
  });

  it('say whether their folder can be read', async () => {
    await expect(secrets.check()).resolves.toBeUndefined();
    await expect(new FileSecretStore(join(folder, 'nowhere')).check()).rejects.toMatchObject({
      code: 'secret.unreachable',
    });
  });

  it('can be one field of JSON', async () => {
    const fields = new FieldSecretStore(secrets);
    await writeFile(join(folder, 'db'), '{"password":"p#1","port":5432,"hosts":[]}');
    await writeFile(join(folder, 'text'), 'hunter2');
    expect((await fields.read('db#password')).value).toBe('p#1');
    expect((await fields.read('db#port')).value).toBe('5432');
    expect((await fields.read('text')).value).toBe('hunter2');
    await expect(fields.read('db#user')).rejects.toMatchObject({ code: 'secret.unknown' });
    await expect(fields.read('db#hosts')).rejects.toMatchObject({ code: 'secret.invalid' });
    const error: unknown = await fields.read('text#a').catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'secret.invalid' });
    expect(String(error)).not.toContain('hunter2');
  });
});
