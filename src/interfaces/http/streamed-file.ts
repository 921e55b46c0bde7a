import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { reportCutOff } from './cut-off.js';

/** How long a client may take nothing of an answer. */
const MAX_SILENCE_MS = 120_000;
const PIECE_BYTES = 256 * 1024;

/**
 * An answer that is a file, at the client's pace. What fails on its way ends the connection before the last byte, and is
 * told to the log.
 */
export function streamedFile(
  reply: FastifyReply,
  content: Readable | AsyncIterable<Uint8Array>,
  options: ConstructorParameters<typeof StreamableFile>[1],
): StreamableFile {
  reply.raw.setTimeout(MAX_SILENCE_MS); // nobody listens for it, so the connection ends
  const body =
    content instanceof Readable ? content : Readable.from(content, { objectMode: false, highWaterMark: PIECE_BYTES });
  reportCutOff(reply, body);
  return new StreamableFile(body, options);
}
