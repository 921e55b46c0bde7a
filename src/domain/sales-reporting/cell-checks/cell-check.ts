import type { Rule } from '../bad-row.js';

/** A cell that passes. */
export const FITS = undefined;

/** Why a cell is refused: the rule, and the rest of a sentence that begins with the column's name. */
export interface CellFault {
  readonly rule: Rule;
  readonly message: string;
}

/** Looks at the bytes of one value that is not null, quotes taken off; never decodes what it can judge as it is. */
export type CellCheck = (bytes: Uint8Array, start: number, stop: number) => CellFault | undefined;

/** The first fault of several checks. */
export function allOf(checks: readonly CellCheck[]): CellCheck | undefined {
  const [first, second] = checks;
  if (first === undefined || second === undefined) return first;
  return (bytes, start, stop) => {
    for (const check of checks) {
      const fault = check(bytes, start, stop);
      if (fault !== undefined) return fault;
    }
    return FITS;
  };
}

const SPACE = 0x20;

/** PostgreSQL reads numbers and dates with spaces around them. */
export function skipSpaces(bytes: Uint8Array, start: number, stop: number): number {
  let at = start;
  while (at < stop && bytes[at] === SPACE) at += 1;
  return at;
}

export function trimSpaces(bytes: Uint8Array, start: number, stop: number): number {
  let at = stop;
  while (at > start && bytes[at - 1] === SPACE) at -= 1;
  return at;
}
