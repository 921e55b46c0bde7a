import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { contentType } from './content-types.js';
import { type ClickHouseException, statusOf } from './exceptions.js';
import { LIMITS } from './limits.js';

export interface Summary {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly resultRows: number;
  readonly resultBytes: number;
}

export const NOTHING: Summary = {
  readRows: 0,
  readBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
  resultRows: 0,
  resultBytes: 0,
};

export interface ResponseOptions {
  readonly version: string;
  readonly timezone: string;
  readonly compress: boolean;
}

/** The answer to one query, byte for byte in the order and with the headers of a server. */
export class QueryResponse {
  private readonly startedAt = process.hrtime.bigint();
  private readonly tag = Array.from({ length: 16 }, () => String.fromCharCode(97 + randomInt(26))).join('');
  private held: Buffer[] = [];
  private heldBytes = 0;
  private body: Writable | undefined;
  private format: string | undefined;
  private summary = NOTHING;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly options: ResponseOptions,
  ) {}

  set queryId(queryId: string) {
    this.response.setHeader('X-ClickHouse-Query-Id', queryId);
  }

  begin(format: string): void {
    this.format = format;
  }

  /** What is known before the first byte is sent stands in the headers. */
  summarize(summary: Summary): void {
    this.summary = summary;
  }

  /** Resolves when more may be written. */
  async write(chunk: Buffer): Promise<void> {
    if (!this.body) {
      this.held.push(chunk);
      this.heldBytes += chunk.length;
      if (this.heldBytes < LIMITS.responseHoldBytes) return;
      return this.release();
    }
    await this.send(this.body, chunk);
  }

  private async release(): Promise<void> {
    const body = this.open(200);
    const held = this.held;
    this.held = [];
    for (const chunk of held) await this.send(body, chunk);
  }

  private async send(body: Writable, chunk: Buffer): Promise<void> {
    if (this.response.destroyed || body.write(chunk)) return;
    const gone = new AbortController();
    const closed = once(this.response, 'close', { signal: gone.signal });
    await Promise.race([once(body, 'drain', { signal: gone.signal }), closed]).finally(() => gone.abort());
    await closed.catch(() => undefined); // settled by the abort when the drain came first
  }

  async finish(summary: Summary): Promise<void> {
    this.summarize(summary);
    if (!this.body) await this.release();
    this.body?.end();
  }

  /** Before anything was sent the failure has its own status; behind rows it is the tagged block that clients look for. */
  fail(exception: ClickHouseException): void {
    const text = `${exception.message} (version ${this.options.version} (embedded chDB))`;
    if (this.response.destroyed) return;
    if (this.body) return this.breakOff(this.body, text);
    this.held = [];
    this.format = undefined;
    this.response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
    this.open(statusOf(exception.code)).end(`${text}\n`);
  }

  /** HTTP itself is broken off as well, so that no reader takes the rows for all of them. */
  private breakOff(body: Writable, text: string): void {
    const message = Buffer.from(`${text}\n`).subarray(0, LIMITS.maxExceptionBytes);
    const head = `\r\n__exception__\r\n${this.tag}\r\n`;
    const tail = `${message.length} ${this.tag}\r\n__exception__\r\n`;
    body.write(Buffer.concat([Buffer.from(head), message, Buffer.from(tail)]));
    const cut = () => this.response.write('', () => this.response.socket?.destroySoon());
    if (body === this.response) cut();
    else (body as ReturnType<typeof createGzip>).flush(cut);
  }

  private open(status: number): Writable {
    const { response } = this;
    const encoder =
      this.options.compress && status === 200 && this.heldBytes > 0 ? encoderFor(this.request) : undefined;
    if (encoder) response.setHeader('Content-Encoding', encoder.name);
    response.writeHead(status, {
      'Content-Type': this.format === undefined ? 'text/plain; charset=UTF-8' : contentType(this.format),
      ...(this.format === undefined ? {} : { 'X-ClickHouse-Format': this.format }),
      'X-ClickHouse-Server-Display-Name': 'penstock-embedded',
      'X-ClickHouse-Timezone': this.options.timezone,
      'X-ClickHouse-Exception-Tag': this.tag,
      'X-ClickHouse-Summary': this.summaryText(),
    });
    this.body = encoder?.stream ?? response;
    encoder?.stream.pipe(response);
    return this.body;
  }

  private summaryText(): string {
    const { readRows, readBytes, writtenRows, writtenBytes, resultRows, resultBytes } = this.summary;
    return JSON.stringify({
      read_rows: String(readRows),
      read_bytes: String(readBytes),
      written_rows: String(writtenRows),
      written_bytes: String(writtenBytes),
      total_rows_to_read: '0',
      result_rows: String(resultRows),
      result_bytes: String(resultBytes),
      elapsed_ns: String(process.hrtime.bigint() - this.startedAt),
    });
  }
}

function encoderFor(request: IncomingMessage) {
  const accepted = request.headers['accept-encoding']?.toString().toLowerCase() ?? '';
  const accepts = (name: string) => accepted.split(',').some((part) => part.trim().split(';', 1)[0] === name);
  if (accepts('br')) return { name: 'br', stream: createBrotliCompress() };
  if (accepts('gzip')) return { name: 'gzip', stream: createGzip({ level: 3 }) }; // http_zlib_compression_level
  if (accepts('deflate')) return { name: 'deflate', stream: createDeflate({ level: 3 }) };
  return undefined;
}
