import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Passed {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface FaultyPath {
  readonly url: string;
  /** Requests that were passed on, oldest first. */
  readonly passed: readonly Passed[];
  /** The next requests for which this holds reach the engine, and their answers are lost; `instead` comes in their place. */
  loseAnswers(times: number, concerns?: (request: Passed) => boolean, instead?: Answer): void;
  /** Delivers a request once more, as a network does that had delayed it. */
  deliverAgain(request: Passed): Promise<number>;
  close(): Promise<void>;
}

/** A way to an HTTP engine on which answers get lost and requests arrive late. */
export async function faultyPathTo(engineUrl: string): Promise<FaultyPath> {
  const target = new URL(engineUrl);
  const passed: Passed[] = [];
  let losing: { times: number; concerns: (request: Passed) => boolean; instead?: Answer | undefined } = {
    times: 0,
    concerns: () => true,
  };
  const deliver = async ({ path, method, headers, body }: Passed): Promise<Answer> => {
    const outgoing = httpRequest({ hostname: target.hostname, port: target.port, path, method, headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks = (await answer.toArray()) as Buffer[];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    const { url: path = '/', method = 'GET', headers } = incoming;
    const request = { path, method, headers, body };
    let answer: Answer | undefined = await deliver(request);
    passed.push(request);
    if (losing.times > 0 && losing.concerns(request)) {
      losing.times -= 1;
      answer = losing.instead;
    }
    if (answer === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // The host stays the engine's own name for what is signed; only the port differs.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    loseAnswers: (times, concerns = () => true, instead = undefined) => {
      losing = { times, concerns, instead };
    },
    deliverAgain: async (request) => (await deliver(request)).status,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
