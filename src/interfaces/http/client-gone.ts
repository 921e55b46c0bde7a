import type { FastifyReply } from 'fastify';

/** Aborted when the client leaves before it has the whole answer: what runs for nobody can end. */
export function clientGone({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error('The client left before it was answered.'));
  if (raw.destroyed) leave();
  raw.once('close', () => {
    if (!raw.writableFinished) leave();
  });
  return gone.signal;
}
