import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { PenstockError } from '../../domain/errors.js';

const REDACTED = '[redacted]';

export interface VendorHttpOptions {
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** How long the vendor may be silent. */
  readonly requestTimeoutMs: number;
}

/**
 * Requests to AppMetrica. Not `fetch`: it uncompresses by itself, and takes a gzip stream that breaks off for a whole one.
 */
export class VendorHttp {
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(private readonly options: VendorHttpOptions) {
    const kept = { keepAlive: true, maxSockets: 16 };
    this.agent = options.baseUrl.startsWith('https:') ? new HttpsAgent(kept) : new HttpAgent(kept);
  }

  /** @throws PenstockError `vendor.unconfigured`, `vendor.unreachable`; the signal's reason when it was aborted */
  async get(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { baseUrl, apiKey } = this.options;
    if (apiKey === undefined) throw new PenstockError('vendor.unconfigured', 'APPMETRICA_API_KEY is not set.');
    const url = new URL(baseUrl.replace(/\/+$/, '') + path);
    const all = { authorization: `OAuth ${apiKey}`, 'user-agent': 'penstock', ...headers };
    try {
      return await this.send(url, all, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new PenstockError('vendor.unreachable', 'AppMetrica did not answer.', { cause });
    }
  }

  /** What the vendor says, without the key, which an answer may repeat: its words go to callers and into the log. */
  withoutKey(words: string): string {
    const { apiKey = '' } = this.options;
    if (apiKey === '') return words;
    const written = [apiKey, encodeURIComponent(apiKey)];
    return written.reduce((text, key) => text.replaceAll(key, REDACTED), words);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request = send(
        url,
        { headers, signal, agent: this.agent, timeout: this.options.requestTimeoutMs },
        resolve,
      );
      // Of connecting, of waiting for the answer, and of every pause within it.
      request.on('timeout', () => request.destroy(new Error('silent for too long')));
      request.on('error', reject);
      request.end();
    });
  }
}
