import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMBEDDED_AWS } from '../../src/infrastructure/embedded/engines.js';
import { SecretsEndpoint } from '../../src/infrastructure/embedded/secrets/secrets-endpoint.js';
import { secretsClient } from '../support/secrets-client.js';
import { secretsEndpointContract } from './secrets-endpoint.contract.js';

interface Opened {
  readonly client: SecretsManagerClient;
  readonly url: string;
  close(): Promise<void>;
}

async function openOn(dir: string, now?: () => number): Promise<Opened> {
  const endpoint = await SecretsEndpoint.open(dir, { ...EMBEDDED_AWS, ...(now && { now }) });
  const url = `http://127.0.0.1:${await endpoint.listen('127.0.0.1', 0)}`;
  const client = secretsClient({ url, ...EMBEDDED_AWS });
  const close = async (): Promise<void> => {
    client.destroy();
    await endpoint.close();
  };
  return { client, url, close };
}
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'penstock-secrets-'));

secretsEndpointContract('our own endpoint', async () => {
  const dir = await folder();
  const opened = await openOn(dir);
  return {
    client: opened.client,
    close: async () => {
      await opened.close();
      await rm(dir, { recursive: true });
    },
  };
});

describe('our Secrets Manager endpoint', () => {
  let dir: string;
  let at: Opened;
  let nowMs = 1_700_000_000_000;
  beforeEach(async () => {
    dir = await folder();
    at = await openOn(dir, () => nowMs);
  });
  afterEach(async () => {
    await at.close();
    await rm(dir, { recursive: true });
  });
  const reopened = async (): Promise<void> => {
    await at.close();
    at = await openOn(dir, () => nowMs);
  };
  const create = (Name: string, SecretString = 'v') => at.client.send(new CreateSecretCommand({ Name, SecretString }));
  const value = async (SecretId: string) =>
    (await at.client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

  it('keeps everything over a restart, in a file for its owner alone', async () => {
    const { ARN } = await create('db', 'one');
    await at.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }));
    await reopened();
    expect(await value(ARN!)).toBe('two');
    expect(await value(ARN!.slice(0, -7))).toBe('two');
    expect((await stat(join(dir, 'secrets.json'))).mode & 0o777).toBe(0o600);
  });

  it('has on disk what it has answered, at any moment, and nothing half', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => create(`many/${n}`, 'x'.repeat(1000))));
    const records = JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8')) as { name: string }[];
    expect(records).toHaveLength(20);
    // What a killed process leaves of a write: it is not looked at.
    await writeFile(join(dir, 'secrets.json.new'), '[{"name":"ha');
    await reopened();
    expect(await value('many/7')).toBe('x'.repeat(1000));
    await create('one-more');
    expect((await readdir(dir)).sort()).toEqual(['lock', 'secrets.json']);
  });

  it('loses nothing of writes to one secret at once', async () => {
    await create('db');
    const puts = Array.from({ length: 10 }, (_, n) =>
      at.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: `${n}`, VersionStages: [`S${n}`] })),
    );
    await Promise.all(puts);
    const { VersionIdsToStages = {} } = await at.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(Object.keys(VersionIdsToStages)).toHaveLength(11);
  });

  // Beyond what moto does as documented.
  it('hands the current stage on as a rotation does, and the one before becomes previous', async () => {
    const { VersionId: old } = await create('db', 'old');
    const pending = { SecretId: 'db', SecretString: 'new', VersionStages: ['AWSPENDING'] };
    const { VersionId: next } = await at.client.send(new PutSecretValueCommand(pending));
    const move = { SecretId: 'db', VersionStage: 'AWSCURRENT', MoveToVersionId: next };
    const careless = at.client.send(new UpdateSecretVersionStageCommand(move));
    await expect(careless).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await at.client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: old }));
    const { VersionIdsToStages } = await at.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(VersionIdsToStages).toEqual({ [old!]: ['AWSPREVIOUS'], [next!]: ['AWSPENDING', 'AWSCURRENT'] });
    expect(await value('db')).toBe('new');
  });

  it('takes no value for a secret that is marked for deletion', async () => {
    await create('db');
    await at.client.send(new DeleteSecretCommand({ SecretId: 'db' }));
    const put = at.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'no' }));
    await expect(put).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(create('db')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('forgets a deleted secret when the time to recover it is over', async () => {
    await create('db');
    await at.client.send(new DeleteSecretCommand({ SecretId: 'db', RecoveryWindowInDays: 7 }));
    const listed = async (IncludePlannedDeletion: boolean) =>
      (await at.client.send(new ListSecretsCommand({ IncludePlannedDeletion }))).SecretList?.map(({ Name }) => Name);
    expect([await listed(false), await listed(true)]).toEqual([[], ['db']]);
    nowMs += 7 * 86_400_000 + 1;
    expect(await listed(true)).toEqual([]);
    await create('db', 'another');
    expect(await value('db')).toBe('another');
  });

  it('forgets versions nobody has labelled, beyond a hundred', async () => {
    await create('db');
    for (let n = 0; n < 110; n += 1)
      await at.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: `${n}` }));
    const [record] = JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8')) as { versions: unknown[] }[];
    expect(record?.versions).toHaveLength(100);
    expect(await value('db')).toBe('109');
  });

  it('lets nobody in with other keys, and no second process on the folder', async () => {
    const stranger = secretsClient({ ...EMBEDDED_AWS, url: at.url, secretAccessKey: 'wrong' });
    const asking = stranger.send(new ListSecretsCommand({}));
    await expect(asking).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    stranger.destroy();
    await expect(openOn(dir)).rejects.toMatchObject({ code: 'engine.unavailable' });
  });

  it.each([
    [{ Name: 'bad name!', SecretString: 'v' }, 'ValidationException'],
    [{ Name: 'both', SecretString: 'v', SecretBinary: new Uint8Array([1]) }, 'InvalidParameterException'],
    [{ Name: 'large', SecretString: 'x'.repeat(65_537) }, 'InvalidParameterException'],
  ])('refuses %#', async (input, name) => {
    await expect(at.client.send(new CreateSecretCommand(input))).rejects.toMatchObject({ name });
  });
});
