import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  ALL_DAYS,
  type DaySpan,
  daysOf,
  firstOfMonth,
  lastOfMonth,
} from '../../../../src/domain/sales-reporting/calendar.js';
import { joined, without } from '../../../../src/domain/sales-reporting/day-spans.js';
import { cutDays, monthsOf, planReport, type SoFar } from '../../../../src/domain/sales-reporting/plan-report.js';

const day = fc.integer({ min: 0, max: 400 }).map((days) => addDays('2023-11-15', days));
const span = fc
  .tuple(day, day)
  .map(([one, other]): DaySpan => (one < other ? { from: one, to: other } : { from: other, to: one }));

/** The last day that is kept of those in the month before; all of its days have sales. */
function soFarOf(cut: string, known: readonly string[]): SoFar {
  const kept = known
    .filter((each) => each.slice(0, 7) === cut.slice(0, 7) && each <= cut)
    .toSorted()
    .at(-1);
  return { kept, upTo: kept };
}

describe('planReport', () => {
  it('covers every day of the range once, and no other, whatever is known', () => {
    fc.assert(
      fc.property(span, fc.array(span, { maxLength: 3 }), fc.array(day, { maxLength: 60 }), (range, unknown, known) => {
        const soFar = new Map(cutDays(range).map((cut) => [cut, soFarOf(cut, known)]));
        const plan = planReport(range, { unknown, soFar });
        const counts = new Map<string, number>();
        const add = (each: string, sign: number): void => void counts.set(each, (counts.get(each) ?? 0) + sign);
        for (const part of plan.months) for (const each of daysOf(part)) add(each, 1);
        const upTo = plan.soFar.flatMap(({ kept, sign }) =>
          daysOf({ from: firstOfMonth(kept), to: kept }).map((each) => ({ day: each, sign })),
        );
        for (const { day: each, sign } of upTo) add(each, sign);
        for (const { sign, ...part } of plan.rows) for (const each of daysOf(part)) add(each, sign);
        const covered = [...counts].filter(([, count]) => count !== 0);
        expect(covered.sort()).toEqual(daysOf(range).map((each) => [each, 1]));
        // Only what is known is read from totals, and months only as a whole.
        expect(plan.months.every(({ from, to }) => from.endsWith('-01') && to === lastOfMonth(to))).toBe(true);
        expect(plan.soFar.every(({ kept }) => known.includes(kept))).toBe(true);
        const read = [...plan.months.flatMap(daysOf), ...upTo.map(({ day: each }) => each)];
        expect(read.some((each) => unknown.some(({ from, to }) => from <= each && each <= to))).toBe(false);
        // A cut month costs at most half of its days.
        const cut = plan.rows.filter(
          ({ from }) =>
            !unknown.some((gap) => gap.from.slice(0, 7) <= from.slice(0, 7) && from.slice(0, 7) <= gap.to.slice(0, 7)),
        );
        expect(cut.flatMap(daysOf).length).toBeLessThanOrEqual(30);
        // With nothing to take away from, only what is inside is read.
        const additive = planReport(range, { unknown });
        expect([...additive.rows, ...additive.months].flatMap(daysOf).toSorted()).toEqual(daysOf(range));
        expect(additive.rows.every(({ sign }) => sign === 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads only the days behind what is known so far, where these are few', () => {
    const soFar = new Map([['2024-02-20', { kept: '2024-02-18', upTo: '2024-02-19' }]]);
    expect(planReport({ from: '2024-02-01', to: '2024-02-20' }, { unknown: [], soFar })).toEqual({
      months: [],
      soFar: [{ kept: '2024-02-18', sign: 1 }],
      rows: [{ from: '2024-02-20', to: '2024-02-20', sign: 1 }],
    });
  });

  it('takes all days there are as whole months', () => {
    expect(planReport(ALL_DAYS, { unknown: [], soFar: new Map() })).toEqual({
      months: [ALL_DAYS],
      soFar: [],
      rows: [],
    });
    expect(planReport(ALL_DAYS, { unknown: [ALL_DAYS], soFar: new Map() })).toEqual({
      months: [],
      soFar: [],
      rows: [{ ...ALL_DAYS, sign: 1 }],
    });
  });
});

describe('spans of days', () => {
  it('are joined and taken from one another as sets of days', () => {
    fc.assert(
      fc.property(span, fc.array(span, { maxLength: 5 }), (whole, others) => {
        const taken = new Set(others.flatMap(daysOf));
        expect(joined(others).flatMap(daysOf)).toEqual([...taken].sort());
        expect(without(whole, others).flatMap(daysOf)).toEqual(daysOf(whole).filter((each) => !taken.has(each)));
      }),
    );
  });

  it('fall into months, the first and the last cut', () => {
    expect(monthsOf({ from: '2023-12-30', to: '2024-02-01' })).toEqual([
      { from: '2023-12-30', to: '2023-12-31' },
      { from: '2024-01-01', to: '2024-01-31' },
      { from: '2024-02-01', to: '2024-02-01' },
    ]);
  });
});
