import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHour } from '../../../../../src/domain/warehouse-loading/amplitude/export-hour.js';
import { hoursOf } from '../../../../../src/domain/warehouse-loading/amplitude/export-range.js';
import {
  type ExportWindow,
  halve,
  hoursIn,
  nextStep,
  planWindows,
  type WindowOutcome,
  windowText,
} from '../../../../../src/domain/warehouse-loading/amplitude/window-plan.js';

const midnight = parseHour('20240201', 0)!;
const day: ExportWindow = { first: midnight, last: midnight + 23 };
const someHours = fc
  .uniqueArray(fc.integer({ min: midnight, max: midnight + 24 * 9 }), { maxLength: 120 })
  .map((hours) => hours.sort((a, b) => a - b));
const windowHours = fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 24);

describe('windows', () => {
  it('hold each missing hour once and no other, in order', () => {
    fc.assert(
      fc.property(someHours, windowHours, (missing, size) => {
        const windows = planWindows(missing, size);
        expect(windows.flatMap(hoursOf)).toEqual(missing);
        expect(windows.every((window) => hoursIn(window) <= size)).toBe(true);
      }),
    );
  });

  it('never reach over midnight, and so over no week', () => {
    fc.assert(
      fc.property(someHours, windowHours, (missing, size) => {
        for (const { first, last } of planWindows(missing, size)) {
          expect(Math.floor(first / 24)).toBe(Math.floor(last / 24));
        }
      }),
    );
  });

  it('of a whole day halve into T00 to T11 and T12 to T23, as the public connector does', () => {
    expect(halve(day).map(windowText)).toEqual(['20240201T00-20240201T11', '20240201T12-20240201T23']);
  });

  it('halve into two that are never empty and hold together what they held, down to one hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 24 }), (length) => {
        const window = { first: midnight, last: midnight + length - 1 };
        const [one, other] = halve(window);
        expect([...hoursOf(one), ...hoursOf(other)]).toEqual(hoursOf(window));
        expect(Math.abs(hoursIn(one) - hoursIn(other))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('after an answer', () => {
  const bad: WindowOutcome[] = ['too-large', 'timed-out', 'unattributed', 'broken'];

  it.each(['kept', 'empty'] as const)('%s is done, whatever the size', (outcome) => {
    expect(nextStep(day, outcome)).toEqual({ done: true });
    expect(nextStep({ first: midnight, last: midnight }, outcome)).toEqual({ done: true });
  });

  it.each(bad)('%s is halved while there is more than an hour', (outcome) => {
    expect(nextStep(day, outcome)).toEqual({ halves: halve(day) });
  });

  it.each([
    ['too-large', 'export.too-large'],
    ['timed-out', 'vendor.timeout'],
    ['broken', 'vendor.broken'],
  ] as const)('%s for one hour fails with %s and names the hour', (outcome, code) => {
    const attempt = (): unknown => nextStep({ first: midnight, last: midnight }, outcome);
    expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining('20240201T00') }));
  });

  it('what is always too large comes to an end after as many steps as halving allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), (length) => {
        let window: ExportWindow = { first: midnight, last: midnight + length - 1 };
        let steps = 0;
        for (; hoursIn(window) > 1; steps += 1) {
          const step = nextStep(window, 'too-large');
          window = 'halves' in step ? step.halves[0] : window;
        }
        expect(steps).toBeLessThanOrEqual(5);
      }),
    );
  });
});
