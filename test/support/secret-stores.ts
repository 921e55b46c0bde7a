import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
} from '@aws-sdk/client-secrets-manager';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { SecretsManagerStore } from '../../src/infrastructure/secrets-manager/secrets-manager-store.js';
import type { SecretStoreHarness } from '../contracts/secret-store.contract.js';
import { NOBODY } from './engine-of.js';
import { secretsClient } from './secrets-client.js';

/** The store over an endpoint, and a foreign client that writes what it reads. */
export function openSecretStore(endpoint: EngineEndpoint, isGuarded: boolean): SecretStoreHarness {
  const client = secretsClient(endpoint);
  const [secrets, stranger, unreachable] = [endpoint, { ...endpoint, secretAccessKey: 'wrong' }, NOBODY].map(
    (target) => new SecretsManagerStore(async () => target, { requestTimeoutMs: 20_000 }),
  );
  return {
    secrets: secrets!,
    ...(isGuarded && { stranger: stranger! }),
    unreachable: unreachable!,
    write: async (id, value) => {
      const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
      try {
        await client.send(new CreateSecretCommand({ Name: id, ...content }));
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: id, ...content }));
      }
    },
    delete: async (SecretId) => void (await client.send(new DeleteSecretCommand({ SecretId }))),
    close: async () => {
      client.destroy();
      for (const store of [secrets, stranger, unreachable]) await store?.close();
    },
  };
}
