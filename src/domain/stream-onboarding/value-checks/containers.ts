import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json-bytes.js';
import { nameOf, skipSpace, valueEndOf } from '../row-fields.js';
import type { ValueCheck } from './value-check.js';

/** For every item of an array, or for the items of an unnamed tuple, by their places. */
export function itemsCheck(checkOf: (index: number) => ValueCheck | undefined): ValueCheck {
  return (data, start) => {
    if (data[start] !== OPEN_BRACKET) return undefined;
    let at = skipSpace(data, start + 1);
    for (let index = 0; at < data.length && data[at] !== CLOSE_BRACKET; index++) {
      const reason = checkOf(index)?.(data, at);
      if (reason !== undefined) return reason;
      at = skipSpace(data, valueEndOf(data, at));
      // No JSON: ClickHouse refuses the record.
      if (data[at] !== COMMA) return undefined;
      at = skipSpace(data, at + 1);
    }
    return undefined;
  };
}

/** For the values of a map, or for the fields of a named tuple. */
export function fieldsCheck(checkOf: (name: string) => ValueCheck | undefined): ValueCheck {
  return (data, start) => {
    if (data[start] !== OPEN_BRACE) return undefined;
    let at = skipSpace(data, start + 1);
    while (at < data.length && data[at] === QUOTE) {
      const nameEnd = valueEndOf(data, at);
      const colon = skipSpace(data, nameEnd);
      if (data[colon] !== COLON) return undefined;
      const value = skipSpace(data, colon + 1);
      const reason = checkOf(nameOf(data, at, nameEnd) ?? '')?.(data, value);
      if (reason !== undefined) return reason;
      at = skipSpace(data, valueEndOf(data, value));
      if (data[at] === CLOSE_BRACE || data[at] !== COMMA) return undefined;
      at = skipSpace(data, at + 1);
    }
    return undefined;
  };
}
