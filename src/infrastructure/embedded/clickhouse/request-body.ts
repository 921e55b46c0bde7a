import type { IncomingMessage } from 'node:http';
import { type Readable, pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { raise } from './exceptions.js';
import { tooLarge } from './insert-spool.js';
import { LIMITS } from './limits.js';
import { type InsertRows, type Latin1, insertRows, latin1 } from './statement.js';

export type Body =
  | { readonly kind: 'statement'; readonly text: Latin1 }
  | {
      readonly kind: 'rows';
      readonly insert: InsertRows;
      readonly rows: AsyncIterable<Buffer>;
      /** How the rows are compressed still: the engine inflates faster than we could. */
      readonly compression: string | undefined;
    };

/** What the engine reads, under the names it has for it. */
const ENGINE_READS = new Set(['gzip', 'br', 'deflate', 'xz', 'zstd', 'lz4', 'bz2', 'snappy']);

/** The statement is the `query` of the URL, a line break, and the body; rows may begin in either. */
export async function readBody(request: IncomingMessage, query: string, maxQueryBytes: number): Promise<Body> {
  const fromUrl = Buffer.from(query);
  const encoding = encodingOf(request);
  const insert = insertRows(latin1(fromUrl));
  if (!insert) return readHead(fromUrl, decoded(request, encoding), headBytes(maxQueryBytes));
  const begun = fromUrl.subarray(insert.rowsAt);
  if (begun.toString().trim() === '') return { kind: 'rows', insert, rows: read(request), compression: encoding };
  const rows = chain([begun, Buffer.from('\n')], decoded(request, encoding));
  return { kind: 'rows', insert, rows, compression: undefined };
}

function headBytes(maxQueryBytes: number): number {
  return Math.min(Math.max(maxQueryBytes || 0, LIMITS.maxStatementHeadBytes), LIMITS.maxStatementBytes);
}

/** Reads as much as is needed to tell an INSERT; if it is none, all of it. */
async function readHead(fromUrl: Buffer, rest: AsyncIterableIterator<Buffer>, enough: number): Promise<Body> {
  const begun = fromUrl.length > 0 ? Buffer.concat([fromUrl, Buffer.from('\n')]) : fromUrl;
  const head = await readUpTo(rest, begun, enough);
  const insert = insertRows(latin1(head));
  if (insert)
    return { kind: 'rows', insert, rows: chain([head.subarray(insert.rowsAt)], rest), compression: undefined };
  const all = await readUpTo(rest, head, LIMITS.maxStatementBytes + 1);
  if (all.length > LIMITS.maxStatementBytes) throw tooLarge(LIMITS.maxStatementBytes);
  return { kind: 'statement', text: latin1(all) };
}

async function readUpTo(source: AsyncIterator<Buffer>, begun: Buffer, enough: number): Promise<Buffer> {
  const parts = [begun];
  let length = begun.length;
  while (length < enough) {
    const { done, value } = await source.next();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  return Buffer.concat(parts);
}

async function* chain(begun: readonly Buffer[], rest: AsyncIterableIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* begun;
  yield* rest;
}

function encodingOf(request: IncomingMessage): string | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (!encoding || encoding === 'identity') return undefined;
  if (!ENGINE_READS.has(encoding))
    throw raise('UNKNOWN_COMPRESSION_METHOD', 'Unknown compression method of the request.');
  return encoding;
}

/** Giving up early must not tear the connection: the answer that says why still has to go through it. */
function read(source: Readable): AsyncIterableIterator<Buffer> {
  return source.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>; // no encoding is set: buffers
}

function decoded(request: IncomingMessage, encoding: string | undefined): AsyncIterableIterator<Buffer> {
  if (encoding === undefined) return read(request);
  const inflate = inflater(encoding);
  pipeline(request, inflate, () => undefined); // a failure shows where the result is read
  return read(inflate);
}

function inflater(encoding: string) {
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw raise('UNKNOWN_COMPRESSION_METHOD', 'A statement itself may be compressed with gzip, deflate or br.');
}

/** `multipart/form-data`: the statement and its parameters as fields, when they are too long for a URL. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of decoded(request, encodingOf(request))) {
    length += part.length;
    if (length > LIMITS.maxStatementBytes) throw tooLarge(LIMITS.maxStatementBytes);
    parts.push(part);
  }
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(Buffer.concat(parts), { headers }).formData().catch((cause: unknown) => {
    throw raise('BAD_ARGUMENTS', `The form cannot be read: ${cause instanceof Error ? cause.name : 'unknown'}.`);
  });
  const fields = new URLSearchParams();
  for (const [name, value] of form) {
    if (typeof value !== 'string')
      throw raise('NOT_IMPLEMENTED', 'External tables are not part of the embedded endpoint.');
    fields.append(name, value);
  }
  return fields;
}
