import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PenstockError } from '../../domain/errors.js';
import { isDiskFull, noSpace } from './gathered-file.js';
import { wholeOrFlowing } from './whole-or-flowing.js';

/** An answer up to this size is not written to the disk before its hours are. */
const ANSWER_IN_MEMORY_BYTES = 4 * 1024 * 1024;

/** An answer that has come to its end. */
export interface SpooledAnswer {
  readonly bytes: number;
  /** Its content, or the file that has it. */
  readonly at: Buffer | string;
}

/** Bytes an answer may have, and the setting that says so. */
export interface AnswerLimit {
  readonly bytes: number;
  readonly setting: string;
}

/** Takes what comes, no more than may be: in memory what is small, in a file what is not. */
export async function spoolAnswer(
  archive: AsyncIterable<Uint8Array>,
  path: string,
  { limit, signal }: { readonly limit: AnswerLimit; readonly signal: AbortSignal },
): Promise<SpooledAnswer> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of archive) {
      bytes += chunk.length;
      if (bytes > limit.bytes) throw tooLarge(limit);
      yield chunk;
    }
  };
  try {
    const source = Readable.from(counted(), { objectMode: false, signal });
    const come = await wholeOrFlowing(source, ANSWER_IN_MEMORY_BYTES);
    if ('whole' in come) return { bytes, at: come.whole };
    await pipeline(come.flowing, createWriteStream(path), { signal });
    return { bytes, at: path };
  } catch (error) {
    throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
  }
}

function tooLarge({ bytes, setting }: AnswerLimit): PenstockError {
  return noSpace(
    `An archive from Amplitude is larger than the ${bytes} bytes of ${setting}: raise it, or lower AMPLITUDE_WINDOW_HOURS.`,
  );
}
