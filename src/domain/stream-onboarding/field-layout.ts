import { nameOf } from './row-fields.js';
import type { ValueCheck } from './value-checks/value-check.js';

/** Fields passed over, because a record does not have them, before a name is looked up by its text. */
const LOOK_AHEAD = 12;
const MOST_PLACES = 2048;
const LONGEST_NAME = 256;

interface Place {
  readonly name: Uint8Array;
  readonly check: ValueCheck | undefined;
}

/**
 * Tells which column a field is for. Records of a stream have their fields in the same order, so the names of the last
 * ones, in order, are compared byte by byte before a name is made a text and looked up.
 */
export class FieldLayout {
  private places: Place[] = [];
  private learned = new Set<string>();
  private misses = 0;
  private next = 0;

  constructor(private readonly checks: ReadonlyMap<string, ValueCheck>) {}

  startRecord(): void {
    this.next = 0;
  }

  /** The check for the field whose name stands between the quotes at these positions. */
  checkOf(data: Uint8Array, open: number, close: number): ValueCheck | undefined {
    const stop = Math.min(this.places.length, this.next + LOOK_AHEAD);
    for (let index = this.next; index < stop; index++) {
      const place = this.places[index];
      if (place === undefined || !isName(place.name, data, open, close)) continue;
      this.next = index + 1;
      return place.check;
    }
    return this.lookUp(data, open, close);
  }

  private lookUp(data: Uint8Array, open: number, close: number): ValueCheck | undefined {
    const text = nameOf(data, open, close + 1);
    if (text === undefined) return undefined;
    const check = this.checks.get(text);
    if (this.learned.has(text)) this.forgetAfterMany();
    else if (close - open <= LONGEST_NAME && this.places.length < MOST_PLACES) {
      this.learned.add(text);
      this.places.splice(this.next, 0, { name: data.slice(open + 1, close), check });
      this.next += 1;
    }
    return check;
  }

  /** The order has changed for good, or the records are of many kinds. */
  private forgetAfterMany(): void {
    this.misses += 1;
    if (this.misses <= 4 * this.places.length) return;
    this.misses = 0;
    this.places = [];
    this.learned = new Set();
    this.next = 0;
  }
}

function isName(name: Uint8Array, data: Uint8Array, open: number, close: number): boolean {
  const length = close - open - 1;
  if (name.length !== length) return false;
  const start = open + 1;
  for (let index = 0; index < length; index++) if (data[start + index] !== name[index]) return false;
  return true;
}
