import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export const TOKEN = 'y0_token-of-the-account';
export const APPLICATION = 123456789;
const FIELDS = new Set(['event_name', 'event_datetime', 'event_json', 'city']);

export type Row = Readonly<Record<string, string>>;
type Fault = (response: ServerResponse, good: GoodAnswer) => void;

/** The answer the vendor would give, for a fault to spoil. */
interface GoodAnswer {
  readonly headers: Record<string, string | number>;
  readonly body: Buffer;
}

/** A request as it came. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cacheControl: string | undefined;
}

interface Query {
  /** Requests that are still answered with 202. */
  left: number;
  readonly all: number;
}

const text = { 'content-type': 'text/plain' };

/** AppMetrica's Logs API as it is documented, and as it fails: queue, progress, parts, quota, gzip on demand. */
export class AppmetricaVendor {
  readonly asked: Asked[] = [];
  rows: readonly Row[] = [];
  /** How often a new query is answered with 202 before it is ready. */
  polls = 1;
  /** Largest part; more rows need more parts. */
  maxRows = Number.POSITIVE_INFINITY;
  /** Parts from this one on never get ready. */
  stuckFrom = Number.POSITIVE_INFINITY;
  /** Answers to spoil: the next ones, one after another; undefined leaves one alone. */
  faults: (Fault | undefined)[] = [];
  private readonly queries = new Map<string, Query>();
  private readonly server = createServer((request, response) => this.answer(request, response));

  static async start(): Promise<AppmetricaVendor> {
    const vendor = new AppmetricaVendor();
    await new Promise<void>((resolve) => vendor.server.listen(0, '127.0.0.1', resolve));
    return vendor;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As new, with these rows. */
  reset(rows: readonly Row[] = []): void {
    this.rows = rows;
    this.polls = 1;
    this.maxRows = Number.POSITIVE_INFINITY;
    this.stuckFrom = Number.POSITIVE_INFINITY;
    this.faults = [];
    this.asked.length = 0;
    this.queries.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://vendor');
    if (request.headers.authorization !== `OAuth ${TOKEN}`) {
      response.writeHead(401, text).end('Invalid oauth_token');
      return;
    }
    const application = /^\/management\/v1\/application\/(\d+)$/.exec(pathname)?.[1];
    if (application !== undefined) return describe(Number(application), response);
    this.asked.push({ path: pathname, query: searchParams, cacheControl: request.headers['cache-control'] });
    const fault = this.faults.shift();
    const refusal = refusalOf(pathname, searchParams);
    if (fault === undefined && refusal !== undefined) response.writeHead(refusal.status, text).end(refusal.words);
    else if (fault !== undefined) fault(response, this.content(request, pathname, searchParams));
    else this.export(request, response, { pathname, searchParams });
  }

  /** The same request again is how one hears of a query; there is no other name for it. */
  private export(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, searchParams }: { pathname: string; searchParams: URLSearchParams },
  ): void {
    const key = request.url ?? '';
    const isAnew = request.headers['cache-control'] === 'no-cache' || !this.queries.has(key);
    if (isAnew) this.queries.set(key, { left: this.polls, all: this.polls });
    const query = this.queries.get(key)!;
    if (Number(searchParams.get('part_number')) >= this.stuckFrom) query.left = query.all;
    if (this.partOf(searchParams).length > this.maxRows) {
      response.writeHead(400, text).end('Too many rows. Try to use more parts.');
    } else if (query.left > 0) {
      const percent = Math.floor(((query.all - query.left) / query.all) * 100);
      query.left -= 1;
      const words = isAnew ? 'Your query is added to the queue.' : `Wait for result. Progress is ${percent}%.`;
      response.writeHead(202, text).end(words);
    } else {
      const { headers, body } = this.content(request, pathname, searchParams);
      response.writeHead(200, headers).end(body);
    }
  }

  private partOf(query: URLSearchParams): readonly Row[] {
    const parts = Number(query.get('parts_count') ?? 1);
    const part = Number(query.get('part_number') ?? 0);
    return this.rows.filter((_, index) => index % parts === part);
  }

  private content(request: IncomingMessage, path: string, query: URLSearchParams): GoodAnswer {
    const isCsv = path.endsWith('.csv');
    const fields = (query.get('fields') ?? '').split(',');
    const rows = this.partOf(query);
    const plain = Buffer.from(isCsv ? csvOf(fields, rows, query) : jsonOf(fields, rows));
    const isGzip = (request.headers['accept-encoding'] ?? '').includes('gzip');
    const body = isGzip ? gzipSync(plain) : plain;
    const type = isCsv ? 'text/csv' : 'application/json';
    const encoding: Record<string, string> = isGzip ? { 'content-encoding': 'gzip' } : {};
    return { headers: { 'content-type': type, 'content-length': body.length, ...encoding }, body };
  }
}

/** How answers go wrong. */
export const FAULTS = {
  status:
    (status: number, words = '', headers: Record<string, string> = {}): Fault =>
    (response) => {
      response.writeHead(status, { ...text, ...headers }).end(words);
    },
  /** The connection ends before anything is said. */
  hangUp: (): Fault => (response) => void response.destroy(),
  /** Nothing is ever said. */
  silence: (): Fault => () => undefined,
  /** Fewer bytes than the length that was told. */
  cutOff:
    (): Fault =>
    (response, { headers, body }) => {
      response.writeHead(200, headers);
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    },
  /** A chunked answer that ends without its last chunk. */
  cutOffChunks:
    (): Fault =>
    (response, { headers: { 'content-length': _length, ...headers }, body }) => {
      response.writeHead(200, headers);
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    },
  /** As long as was told, but the compressed stream in it breaks off. */
  halfGzip:
    (): Fault =>
    (response, { headers, body }) => {
      const half = body.subarray(0, body.length >> 1);
      response.writeHead(200, { ...headers, 'content-length': half.length }).end(half);
    },
  /** A bit that fell over on the way: the checksum is wrong. */
  wrongCrc:
    (): Fault =>
    (response, { headers, body }) => {
      const damaged = Buffer.from(body);
      damaged[body.length - 6] = damaged[body.length - 6]! ^ 0xff;
      response.writeHead(200, headers).end(damaged);
    },
  /** Whole as HTTP and gzip go, but not the document that was promised. */
  nonsense:
    (words: string): Fault =>
    (response) => {
      response.writeHead(200, text).end(words);
    },
  /** Uncompressed, though gzip is accepted. */
  plain:
    (words: string): Fault =>
    (response) => {
      response.writeHead(200, { 'content-type': 'text/csv' }).end(words);
    },
} as const;

function describe(id: number, response: ServerResponse): void {
  if (id !== APPLICATION) {
    response.writeHead(403, text).end('Access denied');
    return;
  }
  const application = { id, name: 'Shop', time_zone_name: 'Europe/Berlin', create_date: '2020-01-01' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ application }));
}

function refusalOf(path: string, query: URLSearchParams): { status: number; words: string } | undefined {
  if (!/^\/logs\/v1\/export\/(events|profiles)\.(csv|json)$/.test(path)) return { status: 404, words: 'Not Found' };
  if (query.get('application_id') !== String(APPLICATION)) return { status: 403, words: 'Access is denied' };
  const unknown = (query.get('fields') ?? '').split(',').filter((field) => !FIELDS.has(field));
  if (unknown.length > 0) return { status: 400, words: `Unknown fields: ${unknown.join(', ')}` };
  return undefined;
}

function csvOf(fields: readonly string[], rows: readonly Row[], query: URLSearchParams): string {
  const lines = rows.map((row) => fields.map((field) => cell(row[field] ?? '')).join(','));
  const mark = query.get('use_utf8_bom') === 'true' ? '\uFEFF' : '';
  // The last line without a newline, as it happens.
  return mark + [fields.join(','), ...lines].join('\n');
}

const cell = (value: string): string => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

function jsonOf(fields: readonly string[], rows: readonly Row[]): string {
  const data = rows.map((row) => Object.fromEntries(fields.map((field) => [field, row[field] ?? ''])));
  return JSON.stringify({ data });
}

/** Rows with everything in them that breaks a careless reader. */
export function eventRows(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    event_name: `purchase ${n}`,
    event_datetime: '2025-01-15 10:00:00',
    event_json: JSON.stringify({ n, note: 'line one\nline "two", ü😀 ]}' }),
    city: n % 3 === 0 ? '' : 'São Paulo, "SP"',
  }));
}
