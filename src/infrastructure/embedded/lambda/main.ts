/** The Lambda endpoint's process. */
import { type EngineArguments, engineArguments, reportDefect, runEngine } from '../engine-child.js';
import { LambdaEndpoint, type LambdaEndpointOptions } from './lambda-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...options } = engineArguments() as EngineArguments & LambdaEndpointOptions;
  const onOutput = (chunk: Uint8Array | string): void => void process.stdout.write(chunk);
  const endpoint = await LambdaEndpoint.open(dir, { ...options, onDefect: reportDefect, onOutput });
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
