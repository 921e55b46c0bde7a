import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from './json-bytes.js';

/** Deepest nesting that is read; deeper events are no table rows. */
export const MAX_JSON_DEPTH = 128;

/** A number as its digits stand in the text. */
export class JsonNumber {
  constructor(
    readonly text: string,
    /** Written without point and exponent. */
    readonly integer: boolean,
  ) {}
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/** An object with its fields in order; `repeated` when a name occurs twice, which JSON allows and tables do not. */
export class JsonObject {
  readonly fields = new Map<string, JsonValue>();
  repeated = false;

  set(name: string, value: JsonValue): void {
    if (this.fields.has(name)) this.repeated = true;
    this.fields.set(name, value);
  }
}

/**
 * Parses JSON strictly, as `JSON.parse` does, but keeps every digit of a number and sees repeated names.
 *
 * @returns undefined when the text is not one JSON value, is nested too deep, or escapes half of a surrogate pair, which
 * no UTF-8 can express
 */
export function parseLosslessJson(text: string): JsonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return value !== undefined && reader.atEnd() ? value : undefined;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
/** The bit that makes an ASCII letter lower case. */
const LOWER_CASE = 0x20;

/** Holds the position in the text; `undefined` from any method means that the text is no JSON. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return Number.isNaN(this.next());
  }

  value(depth: number): JsonValue | undefined {
    const char = this.next();
    switch (char) {
      case QUOTE:
        return this.string();
      case OPEN_BRACE:
        return depth < MAX_JSON_DEPTH ? this.object(depth + 1) : undefined;
      case OPEN_BRACKET:
        return depth < MAX_JSON_DEPTH ? this.array(depth + 1) : undefined;
      default: {
        const literal = this.literal();
        return literal === undefined ? this.number() : literal;
      }
    }
  }

  /** Skips white space. */
  private next(): number {
    for (;;) {
      const char = this.text.charCodeAt(this.at);
      if (!isSpace(char)) return char;
      this.at += 1;
    }
  }

  private take(char: number): boolean {
    if (this.next() !== char) return false;
    this.at += 1;
    return true;
  }

  private object(depth: number): JsonObject | undefined {
    const object = new JsonObject();
    this.at += 1;
    if (this.take(CLOSE_BRACE)) return object;
    do {
      if (this.next() !== QUOTE) return undefined;
      const name = this.string();
      if (name === undefined || !this.take(COLON)) return undefined;
      const value = this.value(depth);
      if (value === undefined) return undefined;
      object.set(name, value);
    } while (this.take(COMMA));
    return this.take(CLOSE_BRACE) ? object : undefined;
  }

  private array(depth: number): JsonValue[] | undefined {
    const items: JsonValue[] = [];
    this.at += 1;
    if (this.take(CLOSE_BRACKET)) return items;
    do {
      const value = this.value(depth);
      if (value === undefined) return undefined;
      items.push(value);
    } while (this.take(COMMA));
    return this.take(CLOSE_BRACKET) ? items : undefined;
  }

  private string(): string | undefined {
    const { text } = this;
    const start = this.at;
    let at = start + 1;
    let escaped = false;
    for (;;) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) break;
      if (char === BACKSLASH) {
        escaped = true;
        at += 1;
      } else if (!(char >= SPACE)) return undefined; // a control character, or the end
      at += 1;
    }
    this.at = at + 1;
    return escaped ? unescape(text.slice(start, at + 1)) : text.slice(start + 1, at);
  }

  private literal(): boolean | null | undefined {
    const { text, at } = this;
    if (text.charCodeAt(at) < LOWER_E) return undefined; // of the literals' first letters, the smallest is f
    if (text.startsWith('true', at)) return this.advance(4, true);
    if (text.startsWith('false', at)) return this.advance(5, false);
    if (text.startsWith('null', at)) return this.advance(4, null);
    return undefined;
  }

  private advance<T>(length: number, value: T): T {
    this.at += length;
    return value;
  }

  private number(): JsonNumber | undefined {
    const { text, at: start } = this;
    const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
    const whole = this.digitsFrom(first);
    if (whole === first || (text.charCodeAt(first) === ZERO && whole > first + 1)) return undefined;
    const fraction = text.charCodeAt(whole) === POINT ? this.someDigits(whole + 1) : whole;
    const end = fraction === undefined ? undefined : this.exponent(fraction);
    if (end === undefined) return undefined;
    return this.advance(end - start, new JsonNumber(text.slice(start, end), end === whole));
  }

  private exponent(at: number): number | undefined {
    const { text } = this;
    if ((text.charCodeAt(at) | LOWER_CASE) !== LOWER_E) return at;
    const sign = text.charCodeAt(at + 1);
    return this.someDigits(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }

  private someDigits(start: number): number | undefined {
    const end = this.digitsFrom(start);
    return end === start ? undefined : end;
  }

  /** The position behind the digits that start there. */
  private digitsFrom(start: number): number {
    let at = start;
    for (;;) {
      const digit = this.text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return at;
      at += 1;
    }
  }
}

function unescape(literal: string): string | undefined {
  try {
    const text = JSON.parse(literal) as string;
    return /\p{Cs}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
