/** The S3 endpoint's process. */
import { type EngineArguments, engineArguments, reportDefect, runEngine } from '../engine-child.js';
import { S3Endpoint, type S3EndpointOptions } from './s3-endpoint.js';

await runEngine(async () => {
  const { dir, host, port, ...options } = engineArguments() as EngineArguments & S3EndpointOptions;
  const endpoint = await S3Endpoint.open(dir, { ...options, onDefect: reportDefect });
  return { port: await endpoint.listen(host, port), stop: () => endpoint.close() };
});
