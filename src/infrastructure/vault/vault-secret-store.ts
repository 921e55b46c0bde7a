import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Secret, SecretStore } from '../../domain/ports/secret-store.port.js';
import { secretField } from '../../domain/shared/secret-field.js';
import { failureOf, healthOf, isPassing } from './vault-status.js';
import type { VaultAnswer, VaultHttp } from './vault-http.js';

export interface VaultOptions {
  /** Where the secrets engine is mounted: `secret`. */
  readonly mount: string;
  /** The secret whose fields are meant where a key names no other. */
  readonly path: string;
}

const RETRIES = 2;
const RETRY_MIN_MS = 100;

/**
 * Secrets of HashiCorp Vault's key/value engine, version 2. `analytics/db#password` is the field `password` of the secret
 * `analytics/db`; a key without `#` is a field of the secret that the options name.
 */
export class VaultSecretStore implements SecretStore {
  /** Several fields of one secret that are wanted at once are one request. */
  private readonly asked = new Map<string, Promise<VaultAnswer>>();

  constructor(
    private readonly http: VaultHttp,
    private readonly options: VaultOptions,
  ) {}

  async read(id: string): Promise<Secret> {
    const at = id.indexOf('#');
    const [path, field] = at < 0 ? [this.options.path, id] : [id.slice(0, at), id.slice(at + 1)];
    const address = `${encodePath(this.options.mount)}/data/${encodePath(path)}`;
    const answer = await this.ask(address);
    if (answer.status !== 200) throw failureOf(answer, path);
    return secretIn(answer.body, { path, field });
  }

  /** @throws PenstockError `secret.unreachable`: not answered, sealed, not initialised */
  async check(signal: AbortSignal): Promise<void> {
    const answer = await this.http.get('sys/health?standbyok=true&perfstandbyok=true', signal);
    const failure = healthOf(answer.status);
    if (failure !== undefined) throw failure;
  }

  private ask(address: string): Promise<VaultAnswer> {
    const asked = this.asked.get(address) ?? this.tries(address).finally(() => this.asked.delete(address));
    this.asked.set(address, asked);
    return asked;
  }

  private tries(address: string): Promise<VaultAnswer> {
    const once = async (): Promise<VaultAnswer> => {
      const answer = await this.http.get(address);
      if (isPassing(answer)) throw failureOf(answer, '');
      return answer;
    };
    return pRetry(once, {
      retries: RETRIES,
      minTimeout: RETRY_MIN_MS,
      shouldRetry: ({ error }) => error instanceof PenstockError && error.code === 'secret.unreachable',
    });
  }
}

function encodePath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length > 0 && !segments.some((segment) => segment === '.' || segment === '..'))
    return segments.map(encodeURIComponent).join('/');
  throw new PenstockError('secret.unknown', `No secret of Vault can be called "${path}".`);
}

interface VersionData {
  readonly data?: { readonly data?: Readonly<Record<string, unknown>> | null; readonly metadata?: Metadata };
}

interface Metadata {
  readonly version?: number;
  readonly created_time?: string;
}

function secretIn(body: unknown, { path, field }: { readonly path: string; readonly field: string }): Secret {
  const { data: fields, metadata = {} } = (body as VersionData | undefined)?.data ?? {};
  if (typeof fields !== 'object' || fields === null)
    throw new PenstockError('secret.unreachable', `What Vault answers for "${path}" is no secret of KV version 2.`);
  // A secret that was removed and made again begins with version 1.
  const version = `${metadata.version}@${metadata.created_time}`;
  return { value: secretField(path, fields, field), version };
}
