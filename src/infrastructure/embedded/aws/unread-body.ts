import type { IncomingMessage, ServerResponse } from 'node:http';

/** So much of a refused body is still taken, for many a client reads no answer before it has sent all. */
const MAX_TAKEN_BYTES = 256 * 1024 ** 2;
/** What is on its way already is taken before the answer, so that the connection may be used again. */
const BEFORE_ANSWER = { maxMs: 200, maxSilenceMs: 50 };
/** Whoever has the answer and sends nothing any more waits for the connection to end. */
const BEHIND_ANSWER = { maxMs: 60_000, maxSilenceMs: 2000 };

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The body of a request. Leaving it early does not tear the connection, through which the answer still has to go. */
export function piecesOf(request: IncomingMessage): AsyncIterableIterator<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>; // no encoding is set: buffers
}

/**
 * Refuses a request, whose body may still be coming: the answer goes out at once, but a connection that is closed on a
 * sender loses it, so that what comes is taken for a while before the end.
 *
 * @param comes whether the client sends its body without being asked for it
 */
export async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Refusal,
  comes = true,
): Promise<void> {
  if (comes) await takeRest(request, BEFORE_ANSWER);
  // What remains of a body that was refused unread would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.flushHeaders();
  if (request.method !== 'HEAD') response.write(body);
  if (comes) await takeRest(request, BEHIND_ANSWER);
  response.end();
}

/** Takes what is still coming, and keeps none of it. */
async function takeRest(request: IncomingMessage, { maxMs, maxSilenceMs }: typeof BEHIND_ANSWER): Promise<void> {
  request.resume();
  if (request.complete || request.destroyed) return;
  const endMs = Date.now() + maxMs;
  let bytes = 0;
  await new Promise<void>((resolve) => {
    const silence = setTimeout(resolve, maxSilenceMs);
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MAX_TAKEN_BYTES || Date.now() > endMs) resolve();
      else silence.refresh();
    });
    for (const event of ['end', 'close', 'error']) request.once(event, () => resolve());
  });
}
