import { expect, it } from 'vitest';
import { durationMs } from '../../../../src/domain/event-pipelines/duration.js';

it.each([
  ['1 minute', 60_000],
  ['30 seconds', 30_000],
  ['1 second', 1000],
  ['2 Hours', 7_200_000],
  ['1 day', 86_400_000],
  ['5m', 300_000],
  ['90s', 90_000],
  ['500 ms', 500],
  ['250 milliseconds', 250],
  ['PT1M', 60_000],
  ['PT1M30S', 90_000],
  ['pt0.5s', 500],
  ['P1DT2H', 93_600_000],
  [0, 0],
  [1500, 1500],
])('reads %j as %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each([
  '',
  'soon',
  '1',
  'minute',
  '1 month',
  '1 fortnight',
  '-1 second',
  '1.5 minutes',
  'P',
  'PT',
  'P1M',
  'P1DT',
  'PT5',
  '1 sss',
  '999999999999999 days',
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
])('does not take %j for a duration', (text) => {
  expect(durationMs(text)).toBeUndefined();
});
