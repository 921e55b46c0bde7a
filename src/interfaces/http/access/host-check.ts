import { PenstockError } from '../../../domain/errors.js';
import { isLoopback } from '../../../domain/shared/loopback.js';

/**
 * Without keys, being on this machine is the only proof a caller gives, and a web page in its browser gives it too:
 * by a name that resolves to 127.0.0.1 (DNS rebinding: the Host tells), or by a plain cross-site form (the Origin tells).
 *
 * @throws PenstockError `host.refused`
 */
export function checkLocalRequest(headers: {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}): void {
  const { host, origin } = headers;
  if (!isLoopback(withoutPort(host ?? ''))) {
    throw new PenstockError(
      'host.refused',
      'Without API keys the service answers to localhost only, not to another Host.',
    );
  }
  if (origin !== undefined && !isLoopback(originHost(origin))) {
    throw new PenstockError('host.refused', 'Without API keys the service answers to pages of this machine only.');
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '');
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
