import { Buffer } from 'node:buffer';
import { FIELD_KIND, type RecordScanner } from './record-scanner.js';

const QUOTE = 0x22;

/** Takes every second quote of `"He said ""no"""` out. @returns the length of what is then in `into` */
export function unescapeInto(into: Uint8Array, bytes: Uint8Array, start: number, stop: number): number {
  let length = 0;
  for (let at = start; at < stop; at += 1) {
    into[length] = bytes[at] as number; // at < stop
    length += 1;
    if (bytes[at] === QUOTE) at += 1;
  }
  return length;
}

/** The value of a field of the scanner's present record; null for an empty one without quotes, as COPY takes it. */
export function fieldText(scanner: RecordScanner, bytes: Uint8Array, index: number): string | null {
  const start = scanner.fieldStart[index] ?? 0;
  const stop = scanner.fieldStop[index] ?? 0;
  const kind = scanner.fieldKind[index];
  if (kind === FIELD_KIND.bare && start === stop) return null;
  // One view for a whole batch, where the caller has one, instead of one for each field.
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8', start, stop);
  return kind === FIELD_KIND.doubled ? text.replaceAll('""', '"') : text;
}
