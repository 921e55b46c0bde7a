import { EMBEDDED_AWS } from '../../src/infrastructure/embedded/engines.js';
import { secretsClient } from '../support/secrets-client.js';
import { secretsEndpointContract } from './secrets-endpoint.contract.js';

/** An independent judge of what we take Secrets Manager for; `.ci/run` starts it. */
const url = process.env['MOTO_SERVER_URL'];

secretsEndpointContract(
  url === undefined ? 'moto, which is not asked for (MOTO_SERVER_URL)' : 'moto',
  url === undefined
    ? undefined
    : async () => {
        const client = secretsClient({ url, ...EMBEDDED_AWS });
        return { client, close: async () => client.destroy() };
      },
);
