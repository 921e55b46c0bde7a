import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowGrouping } from '../../../../src/domain/sales-reporting/csv/row-grouping.js';
import type { RowPlace } from '../../../../src/domain/sales-reporting/import-table.js';

const PLACES: readonly RowPlace[] = [{ from: 1, to: 2 }, { from: 2, to: 3 }, 'default'];

function grouped(
  rows: readonly { readonly text: string; readonly place: RowPlace | undefined }[],
  laneOf = (place: RowPlace): RowPlace => place,
) {
  const grouping = new RowGrouping();
  grouping.laneOf = laneOf;
  const lines = rows.map(({ text }) => `${text}\n`);
  const starts = new Int32Array(rows.length + 1);
  for (const [row, line] of lines.entries()) starts[row + 1] = starts[row]! + Buffer.byteLength(line);
  const bytes = Buffer.from(lines.join(''));
  // Once before, so that nothing of one segment is left in the next.
  grouping.note(PLACES[2]);
  grouping.note(PLACES[0]);
  grouping.group(Buffer.from('a\nb\n'), Int32Array.from([0, 2, 4]));
  grouping.clear();
  for (const { place } of rows) grouping.note(place);
  grouping.group(bytes, starts);
  const content = Buffer.from((grouping.bytes ?? bytes).subarray(0, bytes.length));
  return {
    groups: grouping.groups?.map(({ place, start, stop, rows: count }) => [
      place,
      content.toString('utf8', start, stop),
      count,
    ]),
    lines: content
      .toString()
      .split(/(?<=\n)/)
      .filter((line) => line !== ''),
    origins: rows.map((_, row) => grouping.originOf(row)),
    starts: rows.map((_, row) => grouping.startOf(row) ?? starts[row]),
  };
}

describe('RowGrouping', () => {
  it('lays rows of a partition together, in their order, and knows where each stood', () => {
    const [one, two, other] = PLACES;
    const { groups, origins, starts } = grouped([
      { text: 'a', place: two },
      { text: 'bb', place: one },
      { text: 'c', place: two },
      { text: 'd', place: other },
      { text: 'e', place: one },
    ]);
    expect(groups).toEqual([
      [two, 'a\nc\n', 2],
      [one, 'bb\ne\n', 2],
      [other, 'd\n', 1],
    ]);
    expect(origins).toEqual([0, 2, 1, 4, 3]);
    expect(starts).toEqual([0, 2, 4, 7, 9]);
  });

  it('lets rows of one lane stay among one another', () => {
    const rows = [1, 0, 2, 0, 1].map((place, n) => ({ text: String(n), place: PLACES[place] }));
    const { groups, lines } = grouped(rows, (place) => (place === 'default' ? place : PLACES[0]!));
    expect(groups).toEqual([
      [PLACES[0], '0\n1\n3\n4\n', 4],
      ['default', '2\n', 1],
    ]);
    expect(lines).toEqual(['0\n', '1\n', '3\n', '4\n', '2\n']);
  });

  it('leaves rows where they are when the partition of one is not known', () => {
    const { groups, origins, lines } = grouped([
      { text: 'a', place: PLACES[1] },
      { text: 'b', place: undefined },
      { text: 'c', place: PLACES[0] },
    ]);
    expect([groups, origins, lines]).toEqual([undefined, [0, 1, 2], ['a\n', 'b\n', 'c\n']]);
  });

  it('loses no row, doubles none and keeps the order within a partition, whatever comes', () => {
    const row = fc.record({ text: fc.stringMatching(/^[a-zé]{0,5}$/), place: fc.constantFrom(...PLACES) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const { groups = [], lines, origins } = grouped(rows);
        const expected = PLACES.map((place) =>
          rows.filter((each) => each.place === place).map(({ text }) => `${text}\n`),
        );
        const found = PLACES.map((place) => groups.find(([of]) => of === place)?.[1] ?? '');
        expect(found).toEqual(expected.map((part) => part.join('')));
        expect(lines).toEqual(origins.map((from) => `${rows[from]!.text}\n`));
        expect(origins.toSorted((a, b) => a - b)).toEqual(rows.map((_, index) => index));
      }),
    );
  });
});
