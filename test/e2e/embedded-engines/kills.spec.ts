import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEndpoint } from '../../../src/infrastructure/embedded/engines.js';
import { Homes } from '../../support/homes.js';
import { allGone, enginesOf, familyOf, memberOf, processes } from '../../support/processes.js';

/** What a client with this URL would do: try until it is let in again. Fails by the test's own time limit. */
async function query(url: string, sql: string): Promise<unknown[]> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code?.startsWith('42')) throw error;
      await sleep(20);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const ROW = 'CREATE TABLE kept AS SELECT 42 AS answer';
const ASKED = 'SELECT answer FROM kept';

describe('embedded engines survive', () => {
  const homes = new Homes();
  afterEach(() => homes.clear());

  it('the killing of PostgreSQL, with its rows, on the same port', async () => {
    const home = await homes.fresh();
    const { url } = await homes.client(home).endpoint('postgres');
    await query(url, ROW);
    process.kill(await memberOf(home, 'bin/postgres -D'), 'SIGKILL');
    expect(await query(url, ASKED)).toEqual([{ answer: 42 }]);
  });

  it('the killing of the process that looks after PostgreSQL', async () => {
    const home = await homes.fresh();
    const { url } = await homes.client(home).endpoint('postgres');
    await query(url, ROW);
    const orphan = (await familyOf(home)).filter(({ command }) => command.includes('bin/postgres -D'));
    process.kill(await memberOf(home, 'postgres/main.js'), 'SIGKILL');
    await allGone(orphan);
    expect(await query(url, ASKED)).toEqual([{ answer: 42 }]);
    expect(await memberOf(home, 'bin/postgres -D')).not.toBe(orphan[0]?.pid);
  });

  it('the killing of DynamoDB, with its items, on the same port', async () => {
    const home = await homes.fresh();
    const client = dynamo(await homes.client(home).endpoint('dynamodb'));
    await client.send(TABLE);
    await client.send(new PutItemCommand({ TableName: 'kept', Item: { id: { S: 'a' }, answer: { N: '42' } } }));
    process.kill(await memberOf(home, 'dynamodb/main.js'), 'SIGKILL');
    const { Item } = await client.send(new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'a' } } }));
    expect(Item?.['answer']).toEqual({ N: '42' });
    client.destroy();
  });

  it('the killing of the supervisor: nobody has to ask, and URLs stay', async () => {
    const home = await homes.fresh();
    const service = homes.client(home);
    const { url } = await service.endpoint('postgres');
    const before = await service.endpoint('dynamodb');
    await query(url, ROW);
    const family = await familyOf(home);
    process.kill(await memberOf(home, 'supervisor/main.js'), 'SIGKILL');
    await allGone(family);
    expect(await query(url, ASKED)).toEqual([{ answer: 42 }]);
    expect(await service.endpoint('dynamodb')).toEqual(before);
  });

  it('the killing of all that is theirs at once, though PostgreSQL itself is left behind', async () => {
    const home = await homes.fresh();
    const first = homes.client(home);
    const { url } = await first.endpoint('postgres');
    await query(url, ROW);
    const orphan = (await familyOf(home)).filter(({ command }) => command.includes('bin/postgres -D'));
    for (const pid of await enginesOf(home)) process.kill(pid, 'SIGKILL');
    expect(await query((await homes.client(home).endpoint('postgres')).url, ASKED)).toEqual([{ answer: 42 }]);
    await allGone(orphan);
  });

  it('being killed while PostgreSQL prepares its first data folder', async () => {
    const home = await homes.fresh();
    const killed = homes.client(home);
    const preparing = new Promise<void>((resolve) => {
      killed.onStep(({ text }) => text.includes('preparing') && resolve());
    });
    killed.endpoint('postgres').catch(() => undefined); // it may or may not get through on a later supervisor
    await preparing;
    while (!existsSync(join(home, 'postgres/data.new'))) await sleep(1);
    for (const { pid } of await familyOf(home)) kill(pid);
    const { url } = await homes.client(home).endpoint('postgres');
    expect(await query(url, 'SELECT current_database() AS name')).toEqual([{ name: 'penstock' }]);
    expect(existsSync(join(home, 'postgres/data.new'))).toBe(false);
  });

  it('a process number in postmaster.pid that belongs to somebody else now', async () => {
    const home = await homes.fresh();
    const first = homes.client(home);
    await first.endpoint('postgres');
    await first.close();
    const data = join(home, 'postgres/data');
    await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n0\n5432\n\n127.0.0.1\n\nready\n`);
    const { url } = await homes.client(home).endpoint('postgres');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(processes().some(({ pid }) => pid === process.pid)).toBe(true);
  });

  it('an engine that cannot start: it is given up with its last words, and tried again when next needed', async () => {
    const home = await homes.fresh();
    await mkdir(join(home, 'dynamodb'), { recursive: true });
    await writeFile(join(home, 'dynamodb/tables'), 'in the way of the folder');
    const engines = homes.client(home);
    const refused = engines.endpoint('dynamodb');
    await expect(refused).rejects.toMatchObject({ code: 'engine.unavailable' });
    await expect(refused).rejects.toThrow(/5 times in a row[^]*logs\/dynamodb\.log[^]*It ends:\n./);
    await rm(join(home, 'dynamodb/tables'));
    expect(await engines.endpoint('dynamodb')).toHaveProperty('url');
    expect(await readFile(join(home, 'logs/dynamodb.log'), 'utf8')).toContain('given up');
  });

  it('a supervisor that cannot start: the process that needs an engine is told where to look', async () => {
    const home = await homes.fresh();
    await mkdir(home);
    await writeFile(join(home, 'supervisor.lock'), 'in the way of the folder');
    await expect(homes.client(home).endpoint('dynamodb')).rejects.toThrow(/supervisor\.log/);
  });
});

const TABLE = new CreateTableCommand({
  TableName: 'kept',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});

function dynamo({ url, region, accessKeyId = '', secretAccessKey = '' }: EngineEndpoint): DynamoDBClient {
  const credentials = { accessKeyId, secretAccessKey };
  return new DynamoDBClient({ endpoint: url, credentials, region: region ?? '', maxAttempts: 12 });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile, because another one was killed.
  }
}
