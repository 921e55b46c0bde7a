import type { Slice } from './records.js';

/** The bytes `first` to `first + length - 1` of what some slices make up together. */
export function sliceRange(slices: readonly Slice[], first: number, length: number): Slice[] {
  const chosen: Slice[] = [];
  let start = 0;
  const end = first + length;
  for (const { file, offset, length: bytes } of slices) {
    const from = Math.max(first, start);
    const to = Math.min(end, start + bytes);
    if (from < to) chosen.push({ file, offset: offset + from - start, length: to - from });
    start += bytes;
  }
  return chosen;
}

/** The files of some slices, each once. */
export function filesOf(slices: readonly Slice[]): string[] {
  return [...new Set(slices.map(({ file }) => file))];
}
