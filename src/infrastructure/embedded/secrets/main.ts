/** The Secrets Manager endpoint's process. */
import { type EngineArguments, engineArguments, reportDefect, runEngine } from '../engine-child.js';
import { SecretsEndpoint, type SecretsEndpointOptions } from './secrets-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...options } = engineArguments() as EngineArguments & SecretsEndpointOptions;
  const endpoint = await SecretsEndpoint.open(dir, { ...options, onDefect: reportDefect });
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
