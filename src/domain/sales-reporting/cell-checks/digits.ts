const ZERO = 0x30;
const NINE = 0x39;

/** Where the run of digits that begins at `from` ends. */
export function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at += 1; // at < to
  return at;
}

/** What a run of digits counts; not exact beyond 15 of them. */
export function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (bytes[at] as number) - ZERO; // at < to
  return value;
}

/** Where a run of digits ends without the zeros behind it. */
export function withoutZerosBehind(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && bytes[at - 1] === ZERO) at -= 1;
  return at;
}

/** Where a run of digits begins without the zeros in front of it. */
export function withoutZerosInFront(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === ZERO) at += 1;
  return at;
}
