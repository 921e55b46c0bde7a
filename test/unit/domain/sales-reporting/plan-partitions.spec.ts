import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionName } from '../../../../src/domain/sales-reporting/partition-name.js';
import { agedPartitions, monthsOfYears, planMonths } from '../../../../src/domain/sales-reporting/plan-partitions.js';

const part = (name: string, from?: string, until?: string) => ({
  name,
  ...(from && { from }),
  ...(until && { until }),
});

describe('planMonths', () => {
  it('makes every month of the years where there is nothing', () => {
    const { create, gaps } = planMonths([], monthsOfYears(2024, 2025));
    expect(create).toHaveLength(24);
    expect([create[0], create.at(-1), gaps]).toEqual([
      { from: '2024-01-01', until: '2024-02-01' },
      { from: '2025-12-01', until: '2026-01-01' },
      [],
    ]);
  });

  it('respects partitions without limits', () => {
    const { create, existing } = planMonths(
      [part('old', undefined, '2024-03-01'), part('new', '2024-11-01')],
      monthsOfYears(2024, 2024),
    );
    expect([create.length, existing]).toEqual([8, ['2024-01', '2024-02', '2024-11', '2024-12']]);
  });

  it('tells gaps between what there is and what it makes', () => {
    expect(planMonths([part('y', '2020-01-01', '2021-01-01')], monthsOfYears(2023, 2023)).gaps).toEqual([
      { from: '2021-01-01', until: '2023-01-01' },
    ]);
  });

  it('never plans anything over what is there, and plans nothing the second time', () => {
    const month = fc
      .integer({ min: 0, max: 30 })
      .map((n) => new Date(Date.UTC(2023, 0, 1 + n * 17)).toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.uniqueArray(month, { maxLength: 8 }), (days) => {
        const sorted = days.sort();
        const existing = sorted.slice(1).flatMap((until, n) => (n % 2 === 0 ? [part(`p${n}`, sorted[n], until)] : []));
        const first = planMonths(existing, monthsOfYears(2023, 2024));
        for (const made of first.create) {
          expect(existing.every(({ from = '', until = '~' }) => made.until <= from || made.from >= until)).toBe(true);
        }
        const second = planMonths(
          [...existing, ...first.create.map((range) => ({ name: range.from, ...range }))],
          monthsOfYears(2023, 2024),
        );
        expect([second.create, second.gaps, second.overlaps]).toEqual([[], first.gaps, first.overlaps]);
        expect(first.create.length + first.existing.length + first.overlaps.length).toBe(24);
      }),
    );
  });
});

describe('agedPartitions', () => {
  it('are those that end before the months to keep', () => {
    const partitions = [
      part('a', '2024-01-01', '2024-02-01'),
      part('b', '2024-02-01', '2024-03-01'),
      part('c', '2024-03-01'),
    ];
    const aged = (keep: number) => agedPartitions(partitions, { month: '2024-03-01', keep }).map(({ name }) => name);
    expect([aged(0), aged(1), aged(2)]).toEqual([['a', 'b'], ['a'], []]);
  });
});

describe('partitionName', () => {
  it('says table, year and month', () => {
    expect(partitionName('sales_report', '2025-03-01')).toBe('sales_report_2025_03');
  });

  it('fits into 63 bytes, and stays different for tables that begin alike', () => {
    const names = ['a', 'b'].map((end) => partitionName(`${'ü'.repeat(31)}${end}`, '2025-03-01'));
    expect(
      names.map((name) => Buffer.byteLength(name) <= 63 && name.endsWith('_2025_03') && !name.includes('\uFFFD')),
    ).toEqual([true, true]);
    expect(names[0]).not.toBe(names[1]);
  });
});
