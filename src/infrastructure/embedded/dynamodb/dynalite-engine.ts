import type { IncomingHttpHeaders, Server } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';

/** An answer that takes longer has been lost inside dynalite, and would be waited for for ever. */
const ANSWER_LIMIT_MS = 60_000;

export interface EngineRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

/**
 * dynalite without its server: that one would let in anybody who signs with any key. A fault inside dynalite ends the
 * process, by its own throwing or by `onLost`; LevelDB keeps every write that was answered.
 */
export class DynaliteEngine {
  private readonly server: Server;

  constructor(
    path: string,
    private readonly onLost: (request: string) => void,
  ) {
    // Tables are there a moment after the call that makes them has answered: long waits are for the cloud.
    this.server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  }

  answer(request: EngineRequest): Promise<EngineAnswer> {
    return new Promise((resolve) => {
      const lost = setTimeout(() => this.onLost(String(request.headers['x-amz-target'])), ANSWER_LIMIT_MS);
      const headers: Record<string, string | number> = {};
      const { method, url, body } = request;
      const incoming = Object.assign(Readable.from([body]), { method, url, headers: request.headers });
      // All that dynalite uses of a response (see its `sendData`).
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: string | number) => void (headers[name] = value),
        end: (text = '') => {
          clearTimeout(lost);
          resolve({ status: response.statusCode, headers, body: text });
        },
      };
      this.server.emit('request', incoming, response);
    });
  }

  /** Reads from the store once: dynalite finds out that it cannot be opened no sooner. */
  async check(): Promise<void> {
    const headers = {
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'x-amz-date': 'now',
      'content-type': 'application/x-amz-json-1.0',
      authorization: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=x, Signature=x', // parts are looked for, not at
    };
    const { status } = await this.answer({ method: 'POST', url: '/', headers, body: Buffer.from('{}') });
    if (status !== 200) throw new Error(`the DynamoDB store does not answer (${status})`);
  }
}
