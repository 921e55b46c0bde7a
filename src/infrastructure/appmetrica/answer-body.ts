import type { IncomingMessage } from 'node:http';
import { PenstockError } from '../../domain/errors.js';
import type { PartBody } from '../../domain/ports/appmetrica-logs.port.js';

/** Words of the vendor that are kept of an answer that is no content. */
const MAX_TEXT_BYTES = 4096;

/** The body as it comes. Node tells an answer that ends before its length or its last chunk; both are `vendor.broken`. */
export function bodyOf(answer: IncomingMessage): PartBody {
  const encoding = encodingOf(answer.headers['content-encoding']);
  return { encoding, bytes: Object.assign(whole(answer), { destroy: () => answer.destroy() }) };
}

async function* whole(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* answer as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw cutOff(cause);
  }
  if (!answer.complete) throw cutOff(undefined);
}

function encodingOf(header: string | undefined): 'gzip' | 'identity' {
  const name = header?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  throw new PenstockError('vendor.broken', 'AppMetrica answered in an encoding that nobody asked for.');
}

/** The beginning of a text, on one line, without control characters. */
export async function textOf(answer: IncomingMessage, maxBytes: number = MAX_TEXT_BYTES): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= maxBytes) break;
    }
  } catch (cause) {
    throw cutOff(cause);
  } finally {
    if (!answer.complete) answer.destroy();
  }
  const text = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

function cutOff(cause: unknown): PenstockError {
  return new PenstockError('vendor.broken', 'What AppMetrica sent was cut off.', { cause });
}
