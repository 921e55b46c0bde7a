/** The least that a service between a store and a client can be: what GetObject answers, piped into node:http. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { foreignClient } from '../../test/support/s3-adapters.js';
import { clientArgument } from '../support/client-process.js';

interface Argument {
  readonly s3: Parameters<typeof foreignClient>[0];
  readonly bucket: string;
}

const { s3, bucket } = clientArgument() as Argument;
const client = foreignClient(s3);

const server = createServer((request, response) => {
  const get = new GetObjectCommand({ Bucket: bucket, Key: (request.url ?? '').slice(1) });
  void passOn(get, response);
});

async function passOn(get: GetObjectCommand, response: ServerResponse): Promise<void> {
  const { Body, ContentLength } = await client.send(get);
  response.writeHead(200, { 'content-length': ContentLength });
  await pipeline(Body as Readable, response);
}

server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once('disconnect', () => process.exit());
