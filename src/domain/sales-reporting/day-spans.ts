import { addDays, ALL_DAYS, type DaySpan, firstOfMonth, lastOfMonth } from './calendar.js';

export function overlaps(one: DaySpan, other: DaySpan): boolean {
  return one.from <= other.to && other.from <= one.to;
}

/** What both have in common, if anything. */
export function intersection(one: DaySpan, other: DaySpan): DaySpan[] {
  const common = {
    from: one.from > other.from ? one.from : other.from,
    to: one.to < other.to ? one.to : other.to,
  };
  return common.from <= common.to ? [common] : [];
}

/** The same days in order, without overlaps, neighbours joined. */
export function joined(spans: readonly DaySpan[]): DaySpan[] {
  const result: DaySpan[] = [];
  for (const span of spans.toSorted((one, other) => (one.from < other.from ? -1 : 1))) {
    const last = result.at(-1);
    if (last === undefined || (last.to < span.from && after(last) !== span.from)) result.push(span);
    else result[result.length - 1] = { from: last.from, to: last.to > span.to ? last.to : span.to };
  }
  return result;
}

/** The days of a span that are in none of the others. */
export function without(span: DaySpan, others: readonly DaySpan[]): DaySpan[] {
  const rest: DaySpan[] = [];
  let { from } = span;
  for (const other of joined(others)) {
    if (other.to < from) continue;
    if (other.from > span.to) break;
    if (other.from > from) rest.push({ from, to: addDays(other.from, -1) });
    if (other.to >= span.to) return rest;
    from = addDays(other.to, 1);
  }
  return [...rest, { from, to: span.to }];
}

/** The months that have a day in the span, as a whole. */
export function wholeMonths({ from, to }: DaySpan): DaySpan {
  return { from: firstOfMonth(from), to: lastOfMonth(to) };
}

function after({ to }: DaySpan): string {
  return to === ALL_DAYS.to ? '' : addDays(to, 1);
}
