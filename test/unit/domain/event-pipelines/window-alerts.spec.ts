import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../../src/domain/event-pipelines/domain-config.js';
import {
  type AlertEvaluation,
  type AlertRecord,
  evaluateAlerts,
  nextAlertRecord,
} from '../../../../src/domain/event-pipelines/window-alerts.js';
import type { WindowState } from '../../../../src/domain/event-pipelines/window-table.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const REVENUE = SHOP_DOMAIN.aggregations[1]!;
const START_MS = Date.UTC(2026, 0, 1, 12);
const END_MS = START_MS + REVENUE.window.durationMs;
const FINAL_MS = END_MS + REVENUE.allowedLatenessMs;

const alert = (comparison: Alert['comparison'], threshold: number): Alert => ({
  name: 'revenue_odd',
  aggregation: 'revenue',
  comparison,
  threshold,
  severity: 'info',
});
const window = (value: string | null, changedAtMs = START_MS): WindowState => ({
  startMs: START_MS,
  endMs: END_MS,
  group: { country: 'FR' },
  value,
  events: 1,
  changedAtMs,
});
const evaluate = (wanted: Alert, value: string | null, nowMs: number): AlertEvaluation[] =>
  evaluateAlerts([wanted], REVENUE, { window: window(value), groupKey: 'fr', nowMs });

describe('alerts of a window', () => {
  it.each([
    ['>', 10, '10.5', true],
    ['>', 10, '10', false],
    ['>=', 10, '10', true],
    ['<', 10, '9.99', true],
    ['<=', 10, '10', true],
    ['=', 0.5, '0.50', true],
    ['!=', 10, '10', false],
    ['>', 9_007_199_254_740_991, '9007199254740992', true],
    ['=', 9_007_199_254_740_991, '9007199254740992', false],
    ['>', 10, 'nan', false],
    ['<', 10, null, false],
  ] as const)('decides %s %d for %s: %s', (comparison, threshold, value, isMet) => {
    const [evaluation] = evaluate(alert(comparison, threshold), value, FINAL_MS);
    expect(evaluation?.isMet).toBe(isMet);
  });

  it('decides at once what is too high, and other conditions when the window is over with its late events', () => {
    for (const comparison of ['>', '>='] as const) {
      expect(evaluate(alert(comparison, 10), '5', START_MS)).toHaveLength(1);
    }
    for (const comparison of ['<', '<=', '=', '!='] as const) {
      expect(evaluate(alert(comparison, 10), '5', FINAL_MS - 1)).toHaveLength(0);
      expect(evaluate(alert(comparison, 10), '5', FINAL_MS)).toHaveLength(1);
    }
  });

  it('leaves alerts of other aggregations alone', () => {
    expect(evaluate({ ...alert('>', 1), aggregation: 'views_per_minute' }, '5', FINAL_MS)).toEqual([]);
  });
});

describe('the record of an alert', () => {
  const step = (before: AlertRecord | undefined, value: string, changedAtMs: number, nowMs = changedAtMs) => {
    const seen = { window: window(value, changedAtMs), groupKey: 'fr', nowMs };
    const [evaluation] = evaluateAlerts([alert('>', 10)], REVENUE, seen);
    return nextAlertRecord('shop', before, evaluation!, nowMs);
  };
  const fired = step(undefined, '20', START_MS + 1)!.record;

  it('is none while nothing fires', () => {
    expect(step(undefined, '5', START_MS)).toBeUndefined();
  });

  it('keeps the first value, and the last', () => {
    expect(fired).toMatchObject({ state: 'firing', firstValue: '20', lastValue: '20', firedAtMs: START_MS + 1 });
    const higher = step(fired, '30', START_MS + 2)!;
    expect(higher).toMatchObject({ isChange: false, record: { state: 'firing', firstValue: '20', lastValue: '30' } });
  });

  it('is resolved when the value has changed, and fires again when it changes back', () => {
    const cleared = step(fired, '5', START_MS + 2)!;
    expect(cleared).toMatchObject({
      isChange: true,
      record: { state: 'resolved', resolution: 'cleared', resolvedAtMs: START_MS + 2 },
    });
    expect(step(cleared.record, '4', START_MS + 3)).toBeUndefined();
    const again = step(cleared.record, '40', START_MS + 4)!;
    expect(again).toMatchObject({ isChange: true, record: { state: 'firing', firstValue: '20' } });
    expect(again.record).not.toHaveProperty('resolution');
  });

  it('is not changed by what was seen before it', () => {
    expect(step(step(fired, '30', START_MS + 5)!.record, '5', START_MS + 4)).toBeUndefined();
  });

  it('is one of the past from the beginning when the window has passed', () => {
    expect(step(undefined, '20', START_MS, fired.passesAtMs)).toMatchObject({
      isChange: true,
      record: { state: 'resolved', resolution: 'passed' },
    });
  });
});
