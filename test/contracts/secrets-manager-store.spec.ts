import { EMBEDDED_AWS } from '../../src/infrastructure/embedded/engines.js';
import { engineOf } from '../support/engine-of.js';
import { openSecretStore } from '../support/secret-stores.js';
import { secretStoreContract } from './secret-store.contract.js';

secretStoreContract('Secrets Manager (embedded)', async () => openSecretStore(await engineOf('secrets'), true));

/** An independent judge; `.ci/run` starts it. */
const url = process.env['MOTO_SERVER_URL'];
secretStoreContract(
  url === undefined ? 'moto, which is not asked for (MOTO_SERVER_URL)' : 'moto',
  url === undefined ? undefined : async () => openSecretStore({ url, ...EMBEDDED_AWS }, false),
);
