import { type EngineProcessArguments, runEngineProcess } from '../aws/engine-process.js';
import { KinesisEndpoint, type KinesisEndpointOptions } from './kinesis-endpoint.js';

/** `node main.js '{"dir": …, "host": …, "port": …, "accessKeyId": …, "secretAccessKey": …, "region": …}'` */
await runEngineProcess(async (argument, onDefect) => {
  // Written by the supervisor of the same build.
  const { dir, host, port, ...options } = JSON.parse(argument) as EngineProcessArguments & KinesisEndpointOptions;
  const endpoint = await KinesisEndpoint.open(dir, { ...options, onDefect });
  return { port: await endpoint.listen(host, port), close: () => endpoint.close() };
});
