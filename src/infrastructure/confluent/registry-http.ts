import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import { readBounded } from './read-bounded.js';

export interface RegistryHttpOptions {
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMs: number;
  /** Tries of one request, the first included. */
  readonly maxAttempts: number;
}

/** What the registry said: its status, and the JSON with it. */
export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** Answers that may be another one a little later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Requests to a registry that speaks Confluent's HTTP API. All of them can be repeated: none adds what is there. */
export class RegistryHttp {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly options: RegistryHttpOptions) {
    this.base = (options.url ?? '').replace(/\/+$/, '');
    const { user = '', password = '' } = options;
    const credentials = Buffer.from(`${user}:${password}`).toString('base64');
    this.headers = {
      accept: `${MEDIA_TYPE}, application/json`,
      'user-agent': 'penstock',
      ...((user !== '' || password !== '') && { authorization: `Basic ${credentials}` }),
    };
  }

  get(path: string): Promise<RegistryAnswer> {
    return this.send(path, {});
  }

  post(path: string, body: object): Promise<RegistryAnswer> {
    return this.send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': MEDIA_TYPE },
    });
  }

  /** @throws PenstockError `registry.unreachable`, also when it answered with a fault of its own to every try */
  private async send(path: string, request: RequestInit): Promise<RegistryAnswer> {
    return pRetry(() => this.once(path, request), {
      retries: this.options.maxAttempts - 1,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof PenstockError && error.code === 'registry.unreachable',
    });
  }

  private async once(path: string, request: RequestInit): Promise<RegistryAnswer> {
    try {
      const response = await fetch(this.base + path, {
        ...request,
        headers: { ...this.headers, ...(request.headers as Record<string, string> | undefined) },
        redirect: 'error',
        signal: AbortSignal.timeout(this.options.timeoutMs),
      });
      const text = await readBounded(response);
      if (PASSING.has(response.status)) throw unreachable(`The schema registry answered with ${response.status}.`);
      return { status: response.status, body: parsed(text) };
    } catch (cause) {
      if (cause instanceof PenstockError) throw cause;
      throw unreachable('The schema registry did not answer.', cause);
    }
  }
}

function unreachable(message: string, cause?: unknown): PenstockError {
  return new PenstockError('registry.unreachable', message, { cause });
}

/** Undefined for what is not JSON: a page of some proxy, which the status has to speak for. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
