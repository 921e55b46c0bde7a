import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CuttingPath {
  readonly url: string;
  /** Requests that were passed on, by method and query. */
  readonly passed: string[];
  /** The next answers to GET break off after so many bytes of their body. */
  cut(times: number, afterBytes: number): void;
  close(): Promise<void>;
}

/** A way to an HTTP engine that streams both ways, and on which connections break. */
export async function cuttingPathTo(engineUrl: string): Promise<CuttingPath> {
  const { hostname, port } = new URL(engineUrl);
  const passed: string[] = [];
  let cutting = { times: 0, afterBytes: 0 };
  const server = createServer((incoming, response) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    passed.push(`${method} ${headers.range ?? ''}`);
    const outgoing = httpRequest({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      response.flushHeaders();
      if (method !== 'GET' || cutting.times === 0) {
        answer.pipe(response);
        return;
      }
      cutting.times -= 1;
      let left = cutting.afterBytes;
      answer.on('data', (chunk: Buffer) => {
        if (left > 0) response.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) setTimeout(() => response.destroy(), 20); // what was written goes out first
      });
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    cut: (times, afterBytes) => {
      cutting = { times, afterBytes };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
