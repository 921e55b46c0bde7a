import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PenstockError } from '../../src/domain/errors.js';
import { EnvironmentSecretStore } from '../../src/infrastructure/secrets/environment-secret-store.js';
import { FieldSecretStore } from '../../src/infrastructure/secrets/field-secret-store.js';
import { SecretDesk } from '../../src/infrastructure/secrets/secret-desk.js';
import { SecretsManagerStore } from '../../src/infrastructure/secrets-manager/secrets-manager-store.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { secretsClient } from '../support/secrets-client.js';

const works = async (): Promise<void> => undefined;
const reference = (key: string, line = 1) => ({
  key,
  path: ['stream', 'prefix'],
  origin: { file: 'platform.yaml', line },
});

describe('secrets of a configuration', () => {
  const name = freshName('app/db');
  const metrics = new CountedMetrics();
  let aws: SecretsManagerStore;
  let nobody: SecretsManagerStore;
  let desk: SecretDesk;
  beforeAll(async () => {
    const endpoint = await engineOf('secrets');
    const client = secretsClient(endpoint);
    const SecretString = '{"password":"hunter2","port":5432}';
    await client.send(new CreateSecretCommand({ Name: name, SecretString }));
    client.destroy();
    [aws, nobody] = [endpoint, NOBODY].map(
      (target) => new SecretsManagerStore(async () => target, { requestTimeoutMs: 20_000 }),
    ) as [SecretsManagerStore, SecretsManagerStore];
    const env = new EnvironmentSecretStore((variable) => (variable === 'KNOWN' ? 'known' : undefined));
    desk = new SecretDesk(
      {
        env: { secrets: new FieldSecretStore(env), check: works },
        file: { secrets: nobody, check: works },
        vault: { secrets: env, check: works },
        aws: { secrets: new FieldSecretStore(aws), check: works },
      },
      'env',
      metrics,
    );
  });
  afterAll(() => Promise.all([aws.close(), nobody.close()]));

  const failure = (...keys: [backend: 'env' | 'file' | 'aws', ...string[]]): Promise<PenstockError> => {
    const [backend, ...wanted] = keys;
    return desk.resolve(backend, wanted.map(reference)).then(
      () => {
        throw new Error('They were found.');
      },
      (error: unknown) => error as PenstockError,
    );
  };

  it('come from Secrets Manager, whole or a field of them', async () => {
    const keys = [name, `${name}#password`, `${name}#port`];
    const values = await desk.resolve(
      'aws',
      [...keys, ...keys].map((key) => reference(key)),
    );
    expect([...values]).toEqual([
      [name, '{"password":"hunter2","port":5432}'],
      [`${name}#password`, 'hunter2'],
      [`${name}#port`, '5432'],
    ]);
    expect(metrics.of('penstock_secret_lookups_total', 'aws', 'found')).toBe(3);
  });

  it('come from the backend of the settings where the files name none', async () => {
    expect([...(await desk.resolve(undefined, [reference('known')]))]).toEqual([['known', 'known']]);
  });

  it('are told all at once where they are missing, each with its places', async () => {
    const references = [reference('known'), reference('one', 2), reference('two', 3), reference('one', 4)];
    const error = (await desk.resolve('env', references).catch((cause: unknown) => cause)) as PenstockError;
    expect(error).toMatchObject({ code: 'secret.missing', message: '2 secrets are not in the backend "env".' });
    expect(error.faults).toEqual([
      { path: 'platform.yaml:2 stream.prefix', message: '${secret:one}: There is no variable for the secret "one".' },
      { path: 'platform.yaml:3 stream.prefix', message: '${secret:two}: There is no variable for the secret "two".' },
      { path: 'platform.yaml:4 stream.prefix', message: '${secret:one}: There is no variable for the secret "one".' },
    ]);
  });

  it('are not missing where the backend does not answer, or they are no text', async () => {
    expect(await failure('file', 'one')).toMatchObject({ code: 'secret.unreachable' });
    const error = await failure('aws', `${name}#password#x`, 'nothing', `${name}#`);
    expect(error.faults.map(({ message }) => message)).toHaveLength(3);
    expect(JSON.stringify([error.message, error.faults, String(error.cause)])).not.toContain('hunter2');
  });
});
