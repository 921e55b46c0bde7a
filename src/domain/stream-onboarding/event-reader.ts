import { Buffer } from 'node:buffer';
import type { EventFormat, EventKey } from './event-format.js';
import { COLON, COMMA, MINUS, OPEN_BRACE, QUOTE, isDigit } from './json-bytes.js';
import { nameOf, skipSpace, textOf, valueEndOf } from './row-fields.js';

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Reads which event a decoded one is, from the bytes of its JSON object, without parsing the others of its fields. */
export class EventReader {
  private readonly idName: Uint8Array;
  private readonly timeName: Uint8Array;

  constructor({ idField, timeField }: Pick<EventFormat, 'idField' | 'timeField'>) {
    this.idName = Buffer.from(JSON.stringify(idField));
    this.timeName = Buffer.from(JSON.stringify(timeField));
  }

  /** @returns undefined when the id is no text or the time no whole number */
  read(event: Uint8Array): EventKey | undefined {
    let idPlace: Place | undefined;
    let timePlace: Place | undefined;
    let at = skipSpace(event, 0);
    if (event[at] !== OPEN_BRACE) return undefined;
    do {
      const start = skipSpace(event, at + 1);
      const nameEnd = valueEndOf(event, start);
      const colon = skipSpace(event, nameEnd);
      if (event[colon] !== COLON) return undefined;
      const place = valueAt(event, skipSpace(event, colon + 1));
      if (isSame(event, start, nameEnd, this.idName)) idPlace = place;
      else if (isSame(event, start, nameEnd, this.timeName)) timePlace = place;
      if (idPlace !== undefined && timePlace !== undefined) return keyOf(event, idPlace, timePlace);
      at = skipSpace(event, place.end);
    } while (event[at] === COMMA);
    return undefined;
  }
}

const valueAt = (event: Uint8Array, start: number): Place => ({ start, end: valueEndOf(event, start) });

function isSame(event: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (event[start + at] !== name[at]) return false;
  return true;
}

function keyOf(event: Uint8Array, id: Place, time: Place): EventKey | undefined {
  if (event[id.start] !== QUOTE || !isWhole(event, time)) return undefined;
  const text = nameOf(event, id.start, id.end);
  return text === undefined ? undefined : { id: text, time: textOf(event, time.start, time.end) };
}

function isWhole(event: Uint8Array, { start, end }: Place): boolean {
  const first = event[start] === MINUS ? start + 1 : start;
  for (let at = first; at < end; at++) if (!isDigit(event[at])) return false;
  return end > first;
}
