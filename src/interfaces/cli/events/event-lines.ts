import { isUtf8 } from 'node:buffer';
import type { GivenEvent } from '../../../application/event-pipelines/given-events.js';

const MAX_LINE_BYTES = 10_000_000;
const LINE_FEED = 0x0a;

export interface EventLinesOptions {
  /** Aborted: no further line is read. */
  readonly signal: AbortSignal;
  /** Of events that do not say it themselves. */
  readonly eventType: string | undefined;
}

/** The events of a file of NDJSON, one by one; a line that is none is told as such, and the next one read. */
export async function* eventLines(
  content: AsyncIterable<unknown>,
  { signal, eventType }: EventLinesOptions,
): AsyncGenerator<GivenEvent, void, undefined> {
  let number = 0;
  for await (const line of linesOf(attended(content as AsyncIterable<Uint8Array>, signal))) {
    number += 1;
    const read = line === 'too-long' ? { unreadable: `is longer than ${MAX_LINE_BYTES} bytes` } : valueOf(line);
    if (read !== undefined) yield { line: number, ...(eventType !== undefined && { eventType }), ...read };
  }
}

/** Undefined: the line is empty. */
function valueOf(line: Buffer): { readonly value: unknown } | { readonly unreadable: string } | undefined {
  if (!isUtf8(line)) return { unreadable: 'is not UTF-8' };
  const text = line.toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { unreadable: 'is not JSON' };
  }
}

/** Memory is that of a chunk and a line. */
async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer | 'too-long', void, undefined> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const piece of content) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      restBytes += end - from;
      yield restBytes > MAX_LINE_BYTES ? 'too-long' : Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    restBytes += chunk.length - from;
    if (restBytes <= MAX_LINE_BYTES) rest.push(Buffer.from(chunk.subarray(from)));
    else rest = [];
  }
  if (restBytes > 0) yield restBytes > MAX_LINE_BYTES ? 'too-long' : Buffer.concat(rest);
}

/** Whoever types the events, or a pipe that stands still, does not keep the command from ending. */
async function* attended(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = content[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  for (;;) {
    const piece = await Promise.race([pieces.next(), aborted]);
    if (piece === undefined) return void pieces.return?.().catch(() => undefined);
    if (piece.done === true) return;
    yield piece.value;
  }
}
