import { type Fault, PenstockError } from '../errors.js';
import { ALL_DAYS, type DaySpan, isDay } from './calendar.js';

/** The dates of a request, both included; one that is left out is no limit. */
export interface RequestedDates {
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
}

/** @throws PenstockError `request.invalid` for what is no day, or when the end comes before the start */
export function reportRange({ startDate, endDate }: RequestedDates): DaySpan {
  const faults = [...faultOf('start_date', startDate), ...faultOf('end_date', endDate)];
  if (faults.length > 0) throw new PenstockError('request.invalid', 'The dates are not right.', { faults });
  const range = { from: startDate ?? ALL_DAYS.from, to: endDate ?? ALL_DAYS.to };
  if (range.from <= range.to) return range;
  const message = 'must not be before start_date';
  throw new PenstockError('request.invalid', 'The end comes before the start.', {
    faults: [{ path: 'end_date', message }],
  });
}

function faultOf(path: string, text: string | undefined): Fault[] {
  if (text === undefined || isDay(text)) return [];
  return [{ path, message: 'must be a day of the calendar, as YYYY-MM-DD' }];
}
