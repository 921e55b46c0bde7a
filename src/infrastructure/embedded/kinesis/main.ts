/** The Kinesis endpoint's process. */
import { engineArguments, reportDefect, runEngine } from '../engine-child.js';
import { KinesisEndpoint, type KinesisEndpointOptions } from './kinesis-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...options } = engineArguments<KinesisEndpointOptions>();
  const endpoint = await KinesisEndpoint.open(dir, { ...options, onDefect: reportDefect });
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
