import type { FastifyRequest } from 'fastify';

/** Aborted when the client closes the connection. */
export function leaving({ raw }: FastifyRequest): AbortSignal {
  const left = new AbortController();
  const { socket } = raw;
  const leave = (): void => left.abort();
  socket.once('close', leave);
  // The connection outlives the request, and would gather listeners.
  raw.once('close', () => socket.off('close', leave));
  return left.signal;
}
