import { PenstockError } from '../../domain/errors.js';
import type { VaultAnswer } from './vault-http.js';

/** An eventually consistent node that lags behind, too many requests, and a leader that changes. */
const PASSING = new Set([412, 429, 473, 500, 502, 504]);

export function isPassing({ status }: VaultAnswer): boolean {
  return PASSING.has(status);
}

/** What a status other than 200 of a read says (https://developer.hashicorp.com/vault/api-docs#http-status-codes). */
export function failureOf({ status }: VaultAnswer, path: string): PenstockError {
  // Also of a secret whose latest version is deleted or destroyed.
  if (status === 404) return new PenstockError('secret.unknown', `Vault has no secret "${path}", or it is deleted.`);
  if (status === 403) {
    return new PenstockError('secret.refused', `Vault does not let the token (VAULT_TOKEN) read "${path}".`);
  }
  if (status === 400) {
    return new PenstockError('secret.refused', `Vault takes "${path}" for a wrong request: see VAULT_NAMESPACE.`);
  }
  if (status === 503) return sealed();
  if (status >= 300 && status < 400) {
    return new PenstockError('secret.unreachable', 'Vault is elsewhere: VAULT_ADDR has to name that address.');
  }
  return new PenstockError('secret.unreachable', `Vault answers with status ${status}.`);
}

/** What /sys/health says; undefined: it works. */
export function healthOf(status: number): PenstockError | undefined {
  // 472 and 473 are standbys of disaster recovery and performance, which cannot be read from or forward themselves.
  if (status === 200 || status === 429 || status === 473) return undefined;
  if (status === 501) return new PenstockError('secret.unreachable', 'Vault is not initialised.');
  if (status === 503) return sealed();
  if (status === 472) return new PenstockError('secret.unreachable', 'This Vault only waits for a disaster.');
  return new PenstockError('secret.unreachable', `Vault answers with status ${status}.`);
}

function sealed(): PenstockError {
  return new PenstockError('secret.unreachable', 'Vault is sealed, or down for maintenance.');
}
