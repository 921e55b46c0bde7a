import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_HEADER = 'x-penstock-session';
const SESSION_COOKIE = 'penstock_session';

/** The session a caller shows: by header, for programs, or by cookie, for browsers. */
export function sessionOf(request: FastifyRequest): string | undefined {
  const header = request.headers[SESSION_HEADER];
  if (typeof header === 'string' && header !== '') return header;
  return request.cookies[SESSION_COOKIE] || undefined;
}

/** Out of reach of scripts, never sent along from another site, and not over plain HTTP where it came over HTTPS. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, id: string, expiresAt: string): void {
  reply.setCookie(SESSION_COOKIE, id, {
    path: '/api',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    expires: new Date(expiresAt),
  });
}
