import { JsonNumber, type JsonValue } from './lossless-json.js';
import { fractionDigits, type ValueKind, valueKind } from './value-kind.js';

/** Different values that are told apart; a column with more has "many". */
export const MAX_DISTINCT = 200;
/** Longer strings are told apart from nothing: they group no events. */
export const MAX_DISTINCT_LENGTH = 64;
/** Arrays of arrays deeper than this are kept as text. */
export const MAX_ARRAY_DEPTH = 3;

/** What the sampled values of one field, or of the items of its arrays, have been. */
export class ColumnEvidence {
  readonly kinds = new Map<ValueKind, number>();
  seen = 0;
  nulls = 0;
  /** Of the big integers. */
  smallest = 0n;
  largest = 0n;
  /** Of the timestamps: most digits behind the point of the seconds, and the last year. */
  fraction = 0;
  lastYear = 0;
  longest = 0;
  shortest = Number.POSITIVE_INFINITY;
  /** Evidence of the items, once an array was seen. */
  items: ColumnEvidence | undefined;
  private readonly values = new Set<string>();
  private hasLong = false;

  constructor(readonly depth = 0) {}

  add(value: JsonValue): void {
    this.seen += 1;
    if (value === null) {
      this.nulls += 1;
      return;
    }
    const kind = valueKind(value);
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (typeof value === 'string') this.addText(kind, value);
    else if (value instanceof JsonNumber) this.addNumber(kind, value.text);
    else if (typeof value === 'boolean') this.addDistinct(String(value));
    else if (kind === 'array') this.addItems(value as readonly JsonValue[]);
  }

  /** How many different strings, numbers or booleans there were; undefined for many. */
  get distinct(): number | undefined {
    return this.hasLong || this.values.size > MAX_DISTINCT ? undefined : this.values.size;
  }

  private addText(kind: ValueKind, text: string): void {
    this.addDistinct(text);
    if (text.length > this.longest) this.longest = text.length;
    if (text.length < this.shortest) this.shortest = text.length;
    if (!kind.startsWith('timestamp')) return;
    this.fraction = Math.max(this.fraction, fractionDigits(text));
    this.lastYear = Math.max(this.lastYear, Number(text.slice(0, 4)));
  }

  private addNumber(kind: ValueKind, text: string): void {
    this.addDistinct(text);
    // Also for -0: no unsigned type reads a sign.
    if (text.startsWith('-') && this.smallest === 0n) this.smallest = -1n;
    if (kind !== 'big int') return;
    const number = BigInt(text);
    if (number < this.smallest) this.smallest = number;
    if (number > this.largest) this.largest = number;
  }

  private addItems(items: readonly JsonValue[]): void {
    this.items ??= new ColumnEvidence(this.depth + 1);
    if (this.items.depth > MAX_ARRAY_DEPTH) return;
    for (const item of items) this.items.add(item);
  }

  private addDistinct(text: string): void {
    if (this.values.size > MAX_DISTINCT || this.hasLong) return;
    if (text.length > MAX_DISTINCT_LENGTH) this.hasLong = true;
    else this.values.add(text);
  }
}
