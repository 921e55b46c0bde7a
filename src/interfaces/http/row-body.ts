import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';
import { ArrayRows } from '../../domain/warehouse-loading/array-rows.js';
import { bodyRows } from '../../domain/warehouse-loading/body-rows.js';
import { NdjsonRows } from '../../domain/warehouse-loading/ndjson-rows.js';
import { DATA_PLACE, type RowPlace } from '../../domain/warehouse-loading/row-chunks.js';
import { attended } from './multipart.js';

/** Rows of a request. */
export interface RowBody {
  /** As they come; read once. */
  readonly rows: AsyncIterable<unknown>;
  /** How faults name a row. */
  readonly place: RowPlace;
  /** Whether there may be any number of them. */
  readonly isStream: boolean;
}

export interface RowBodyLimits {
  /** Of a JSON body, inflated: it is parsed at once. */
  readonly maxJsonBytes: number;
  /** Of a line of NDJSON, inflated. */
  readonly maxRowBytes: number;
}

const JSON_TYPE = 'application/json';
const NDJSON_TYPES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
]);

/** The route takes rows by `rowBody`: as JSON, or as NDJSON of any length; both may be compressed by gzip. */
export function RowsBody(example: object): MethodDecorator {
  return applyDecorators(
    RouteConfig({ streamedBody: true }),
    ApiConsumes(JSON_TYPE, 'application/x-ndjson'),
    ApiHeader({ name: 'Content-Encoding', required: false, description: 'gzip, where the body is compressed' }),
    ApiBody({
      description: 'JSON of a limited size, or NDJSON (a row on each line) of any size, which is read as it comes',
      schema: {
        type: 'object',
        required: ['data'],
        properties: { data: { type: 'array', minItems: 1, items: { type: 'object' } } },
        example: { data: [example] },
      },
    }),
  );
}

/**
 * The rows of a request to a route with `@RowsBody()`.
 *
 * @throws PenstockError `request.unsupported-media`, `request.malformed`, `request.invalid`, `request.too-large`; reading the
 *   rows `rows.rejected`, and `request.malformed` for what is no gzip
 */
export async function rowBody(request: FastifyRequest, limits: RowBodyLimits): Promise<RowBody> {
  const type = mediaType(request);
  const bytes = contentOf(request);
  if (NDJSON_TYPES.has(type)) {
    const rows = new NdjsonRows(bytes, limits.maxRowBytes);
    return { rows, place: rows.place, isStream: true };
  }
  if (type !== JSON_TYPE)
    throw refused('The body must be JSON or NDJSON: "content-type: application/json", "application/x-ndjson".');
  const data = dataIn(await parsed(bytes, limits.maxJsonBytes));
  return { rows: new ArrayRows(data), place: DATA_PLACE, isStream: false };
}

function mediaType({ raw: { headers } }: FastifyRequest): string {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function contentOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  // Left at any time, it must not take the connection with it: the answer is still to be sent.
  const raw = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  const bytes = attended(raw, request);
  const coding = request.raw.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return bytes;
  if (coding === 'gzip' || coding === 'x-gzip') return inflated(bytes);
  throw refused('The body may be compressed by gzip, and by nothing else.');
}

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  pipeline(bytes, gunzip, () => undefined); // what fails is thrown to the reader
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    if (!isOfZlib(cause)) throw cause;
    throw new PenstockError('request.malformed', 'The body is not valid gzip, or is cut off.', { cause });
  }
}

function isOfZlib(cause: unknown): boolean {
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && code.startsWith('Z_');
}

async function parsed(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `The JSON is larger than ${maxBytes} bytes; NDJSON (application/x-ndjson) may be of any size.`;
      throw new PenstockError('request.too-large', message);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isUtf8(body)) throw new PenstockError('request.malformed', 'The body is not UTF-8, as JSON has to be.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // told below, without the parser's words: they quote the body
  }
  throw new PenstockError('request.malformed', size === 0 ? 'The body is empty.' : 'The body is not valid JSON.');
}

function dataIn(body: unknown): readonly unknown[] {
  const rows = bodyRows(body);
  if (!('faults' in rows)) return rows;
  throw new PenstockError('request.invalid', 'The request does not have the right shape.', rows);
}

function refused(message: string): PenstockError {
  return new PenstockError('request.unsupported-media', message);
}
