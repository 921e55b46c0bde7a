import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';

export interface ScratchClickhouse {
  readonly url: string;
  stop(): Promise<void>;
}

/** chDB behind just enough of ClickHouse's HTTP interface for statements and small inserts; for tests of adapters alone. */
export async function startScratchClickhouse(): Promise<ScratchClickhouse> {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-clickhouse-'));
  const root = new Session(join(dir, 'data'));
  const server = createServer((request, response) => {
    run(join(dir, 'data'), request).then(
      (answer) => response.end(answer),
      (error: Error) => {
        const code = /Code: (\d+)/.exec(error.message)?.[1] ?? '1002';
        response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(error.message);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      root.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function run(path: string, request: IncomingMessage): Promise<Buffer> {
  const inUrl = new URL(request.url ?? '/', 'http://localhost').searchParams.get('query');
  const body = await request.toArray();
  const session = new Session(path);
  try {
    const result = await session.queryAsync([inUrl, Buffer.concat(body).toString()].filter(Boolean).join('\n'));
    return Buffer.from(result.bytes());
  } finally {
    session.close();
  }
}
