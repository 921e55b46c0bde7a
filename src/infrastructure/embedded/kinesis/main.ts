/** The Kinesis endpoint's process. */
import { type EngineArguments, engineArguments, reportDefect, runEngine } from '../engine-child.js';
import { KinesisEndpoint, type KinesisEndpointOptions } from './kinesis-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...options } = engineArguments() as EngineArguments & KinesisEndpointOptions;
  const endpoint = await KinesisEndpoint.open(dir, { ...options, onDefect: reportDefect });
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
