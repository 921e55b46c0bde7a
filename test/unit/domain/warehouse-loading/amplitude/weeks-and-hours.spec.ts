import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveKey, archiveName } from '../../../../../src/domain/warehouse-loading/amplitude/archive-name.js';
import { hourText, parseHour } from '../../../../../src/domain/warehouse-loading/amplitude/export-hour.js';
import { hoursOf, readRange } from '../../../../../src/domain/warehouse-loading/amplitude/export-range.js';
import { isoWeekOf, isWholeWeek, weeksOf } from '../../../../../src/domain/warehouse-loading/amplitude/iso-week.js';

const anyHour = fc.integer({ min: Date.UTC(1970, 0, 5) / 3_600_000, max: Date.UTC(2199, 0, 1) / 3_600_000 });
const weekOf = (day: string): string => {
  const { year, week } = isoWeekOf(parseHour(day, 0)!);
  return `${year}-W${String(week).padStart(2, '0')}`;
};

describe('hours', () => {
  it('are written and read alike', () => {
    fc.assert(
      fc.property(anyHour, (hour) => {
        expect(parseHour(hourText(hour), 0)).toBe(hour);
      }),
    );
  });

  it('take the default of a day without one', () => {
    expect(hourText(parseHour('20240201', 23)!)).toBe('20240201T23');
  });

  it.each(['20240230', '20241301', '20230229', '20240201T24', '2024-02-01', '2024020', '20240201T1', ''])(
    'that no calendar has are not read: %j',
    (text) => expect(parseHour(text, 0)).toBeUndefined(),
  );
});

describe('ISO weeks', () => {
  // Of ISO 8601, and of calendars one can look up.
  it.each([
    ['20241230', '2025-W01'],
    ['20241229', '2024-W52'],
    ['20210103', '2020-W53'],
    ['20210104', '2021-W01'],
    ['20160101', '2015-W53'],
    ['20240101', '2024-W01'],
    ['20050101', '2004-W53'],
    ['20081229', '2009-W01'],
    ['19700101', '1970-W01'],
  ])('%s is in %s', (day, week) => expect(weekOf(day)).toBe(week));

  it('begin on Mondays, hold 4 January in the first, and number without gaps', () => {
    fc.assert(
      fc.property(anyHour, (hour) => {
        const [now, before] = [isoWeekOf(hour), isoWeekOf(hour - 1)];
        const date = new Date(hour * 3_600_000);
        const isBoundary = date.getUTCDay() === 1 && date.getUTCHours() === 0;
        const isSame = now.year === before.year && now.week === before.week;
        expect(isSame).toBe(!isBoundary);
        if (isBoundary) expect(now.week === before.week + 1 || (now.week === 1 && before.week >= 52)).toBe(true);
        if (date.getUTCMonth() === 0 && date.getUTCDate() === 4)
          expect(now).toEqual({ year: date.getUTCFullYear(), week: 1 });
      }),
      { numRuns: 3000 },
    );
  });

  it('of a range cover it, each hour once and in its week', () => {
    fc.assert(
      fc.property(anyHour, fc.integer({ min: 0, max: 24 * 40 }), (first, length) => {
        const weeks = weeksOf({ first, last: first + length });
        expect(weeks.flatMap(hoursOf)).toEqual(hoursOf({ first, last: first + length }));
        for (const week of weeks) expect(hoursOf(week).every((hour) => isoWeekOf(hour).week === week.week)).toBe(true);
        expect(weeks.slice(1, -1).every(isWholeWeek)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('name the archive by the year of the week, and its key by the hours where they are not all', () => {
    const turn = weeksOf(readRange('20241230', '20250105'));
    expect(archiveName(turn)).toBe('2025_week_01.zip');
    expect(archiveKey('amplitude/', 'web', turn)).toBe('amplitude/web/2025_week_01.zip');
    const two = weeksOf(readRange('20240201', '20240207'));
    expect(archiveName(two)).toBe('2024_week_05-2024_week_06.zip');
    expect(archiveKey('', 'web', two)).toBe('web/20240201T00-20240207T23/2024_week_05-2024_week_06.zip');
  });
});

describe('a range', () => {
  it('is from hour 00 of the first day to hour 23 of the last', () => {
    expect(hoursOf(readRange('20240201', '20240207'))).toHaveLength(168);
    expect(hoursOf(readRange('20240201T05', '20240201T05'))).toHaveLength(1);
  });

  it.each([
    ['20240207', '20240201', ['end']],
    ['20240201', '20250210', ['end']],
    ['x', '20240201', ['start']],
    ['20240231', 'y', ['start', 'end']],
  ])('from %s to %s is refused, naming %j', (start, end, paths) => {
    const attempt = (): unknown => readRange(start, end);
    expect(attempt).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    try {
      attempt();
    } catch (error) {
      expect((error as { faults: { path: string }[] }).faults.map(({ path }) => path)).toEqual(paths);
    }
  });
});
