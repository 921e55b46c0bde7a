import { createHash, createHmac } from 'node:crypto';
import { request as send } from 'node:http';
import { IDENTITY, REGION } from './aws-identity.js';

export interface RawRequest {
  readonly method?: string;
  /** As it goes over the wire, query included. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
  /** What `x-amz-content-sha256` says; by default the truth. */
  readonly payload?: string;
  readonly region?: string;
  readonly service?: string;
  readonly date?: Date;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  /** Told the signed headers. */
  readonly seen?: (headers: Record<string, string>) => void;
  /** Sent, and not signed. */
  readonly unsigned?: Record<string, string>;
  /** Makes the body of the signature it continues. */
  readonly chunked?: (seed: SignedSeed) => Buffer;
}

export interface SignedSeed {
  readonly signature: string;
  readonly scope: string;
  readonly date: string;
  readonly key: Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  readonly text: string;
  /** Of an error. */
  readonly code: string | undefined;
}

/** A request that no SDK would make, signed by the letter of AWS's documentation. */
export async function rawS3(url: string, raw: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', path, body = '', chunked } = raw;
  const signed = sign(new URL(url).host, raw);
  raw.seen?.(signed.headers);
  const bytes = chunked ? chunked(signed.seed) : Buffer.from(body);
  return exchange(url, { method, path, headers: { ...signed.headers, ...raw.unsigned }, body: bytes });
}

/** The headers of a request, signed; and what the signatures of its chunks continue. */
export function sign(host: string, raw: RawRequest): { headers: Record<string, string>; seed: SignedSeed } {
  const defaults = { method: 'GET', body: '', date: new Date(), region: REGION, service: 's3', ...IDENTITY };
  const { method, path, body, date: at, region, service, accessKeyId, secretAccessKey } = { ...defaults, ...raw };
  const date = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const payload = raw.payload ?? sha256(body);
  const headers: Record<string, string> = { ...raw.headers, host, 'x-amz-date': date, 'x-amz-content-sha256': payload };
  const names = Object.keys(headers).sort();
  const [rawPath = '', query = ''] = path.split('?');
  const canonical = [
    method,
    rawPath,
    query.split('&').sort().join('&'),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = scope.split('/').reduce<Buffer>((k, part) => hmac(k, part), Buffer.from(`AWS4${secretAccessKey}`));
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers, seed: { signature, scope, date, key } };
}

/** A body in signed chunks; with trailing fields, whose signature comes last. */
export function signedChunks(seed: SignedSeed, chunks: readonly Buffer[], trailer?: Record<string, string>): Buffer {
  let previous = seed.signature;
  const next = (algorithm: string, hashes: string): string => {
    const text = `${algorithm}\n${seed.date}\n${seed.scope}\n${previous}\n${hashes}`;
    previous = hmac(seed.key, text).toString('hex');
    return previous;
  };
  const coded = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const signature = next('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${sha256(chunk)}`);
    const head = Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signature}\r\n`);
    return Buffer.concat([head, chunk, Buffer.from(chunk.length > 0 ? '\r\n' : '')]);
  });
  const fields = Object.entries(trailer ?? {});
  const signature =
    trailer && next('AWS4-HMAC-SHA256-TRAILER', sha256(fields.map((pair) => `${pair.join(':')}\n`).join('')));
  const lines = [...fields, ...(signature ? [['x-amz-trailer-signature', signature]] : [])];
  return Buffer.concat([...coded, Buffer.from(`${lines.map((pair) => `${pair.join(':')}\r\n`).join('')}\r\n`)]);
}

/** A body in chunks that are not signed. */
export function plainChunks(chunks: readonly Buffer[], trailer: Record<string, string>): Buffer {
  const coded = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  const lines = Object.entries(trailer).map((pair) => `${pair.join(':')}\r\n`);
  return Buffer.concat([...coded, Buffer.from(`0\r\n${lines.join('')}\r\n`)]);
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
}

/** As `fetch`, but for leaving the path as it is. */
export function exchange(url: string, { method, path, headers, body }: Exchange): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const framed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  const length = body && !framed ? { 'content-length': String(body.length) } : {};
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path, headers: { ...length, ...headers }, agent: false };
    const request = send(options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(pieces);
        const text = whole.toString();
        const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
        resolve({ status: response.statusCode!, headers: response.headers, body: whole, text, code });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
