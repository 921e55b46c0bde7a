import type { FastifyReply } from 'fastify';

/** Aborted when the client leaves before it has the whole answer. */
export function clientLeft({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) left.abort(new Error('The client left before it was answered.'));
  });
  return left.signal;
}
