import { PenstockError } from '../../domain/errors.js';

export interface VaultAddress {
  /** Unset: Vault is not configured. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** Of Vault Enterprise and HCP. */
  readonly namespace: string | undefined;
  readonly requestTimeoutMs: number;
}

export interface VaultAnswer {
  readonly status: number;
  /** Undefined: it is no JSON. */
  readonly body: unknown;
}

/** Vault itself takes requests of up to 32 MiB, but a secret of ours is a text of a configuration. */
const MAX_ANSWER_BYTES = 1_048_576;

/** One GET request to Vault's HTTP API (https://developer.hashicorp.com/vault/api-docs). */
export class VaultHttp {
  constructor(private readonly address: VaultAddress) {}

  /** @param path behind `/v1/`, encoded @throws PenstockError `secret.unreachable`, `secret.refused` without an address or token */
  async get(path: string, signal?: AbortSignal): Promise<VaultAnswer> {
    const { url, requestTimeoutMs } = this.address;
    if (url === undefined) throw new PenstockError('secret.refused', 'Vault is not configured: VAULT_ADDR is not set.');
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/v1/${path}`, {
        headers: this.headers(),
        // A token is not shown to whoever Vault, or somebody on the way, points to.
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      return { status: response.status, body: parse(await textOf(response)) };
    } catch (cause) {
      if (cause instanceof PenstockError) throw cause;
      const why = timeout.aborted ? `did not answer within ${requestTimeoutMs} ms` : 'does not answer';
      throw new PenstockError('secret.unreachable', `Vault ${why}.`, { cause });
    }
  }

  private headers(): Record<string, string> {
    const { token, namespace } = this.address;
    return {
      // Vault can demand it of all requests, so that none is made by a forged link.
      'x-vault-request': 'true',
      ...(token !== undefined && { 'x-vault-token': token }),
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
    };
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > MAX_ANSWER_BYTES) {
      throw new PenstockError('secret.unreachable', `Vault answers with more than ${MAX_ANSWER_BYTES} bytes.`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // of a proxy, or cut off
  }
}
