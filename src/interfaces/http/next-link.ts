import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from './problem.js';

/** Says in `Link` where the next page is (RFC 8288): the same request with another cursor. */
export function linkNext(reply: FastifyReply, { url }: FastifyRequest, cursor: string | undefined): void {
  if (cursor === undefined) return;
  const query = new URLSearchParams(url.slice(pathOf(url).length));
  query.set('cursor', cursor);
  void reply.header('link', `<${pathOf(url)}?${query.toString()}>; rel="next"`);
}
