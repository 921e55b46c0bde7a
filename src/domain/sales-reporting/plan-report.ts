import { addMonths, type Day, type DaySpan, daysOf, firstOfMonth, lastOfMonth } from './calendar.js';
import { intersection, joined, overlaps, wholeMonths, without } from './day-spans.js';

/** Days whose totals are added, or taken away again. */
export interface SignedSpan extends DaySpan {
  readonly sign: 1 | -1;
}

/** Which totals make up a report: together, and with their signs, they cover each day of its range once. */
export interface ReportPlan {
  /** Whole months, from the totals by month. */
  readonly months: readonly DaySpan[];
  /** Single days, from the totals of the day. */
  readonly days: readonly { readonly day: Day; readonly sign: 1 | -1 }[];
  /** From the rows themselves. */
  readonly rows: readonly SignedSpan[];
}

/** What is known of the totals that are kept. */
export interface KnownTotals {
  /** Days whose totals may not be right; a month with one of them is read from its rows. */
  readonly unknown: readonly DaySpan[];
  /** Days that have totals of their own by product and region. */
  readonly days: ReadonlySet<Day>;
}

/** A month that the range cuts is read as the days inside, or as the month less the days outside, whichever are fewer. */
export function planReport(range: DaySpan, known: KnownTotals): ReportPlan {
  const unknown = joined(known.unknown.map(wholeMonths));
  const cut = cutMonths(range);
  const whole = without(wholeMonths(range), cut.map(wholeMonths));
  const edges = cut.map((part) =>
    unknown.some((span) => overlaps(span, part)) ? fromRows(part) : planCut(part, known),
  );
  return {
    months: joined([...whole.flatMap((span) => without(span, unknown)), ...edges.flatMap(({ months }) => months)]),
    days: edges.flatMap(({ days }) => days),
    rows: [
      ...whole.flatMap((span) => unknown.flatMap((gap) => intersection(span, gap))).map(added),
      ...edges.flatMap(({ rows }) => rows),
    ],
  };
}

/** The parts of the range that are less than a month: at most its first and its last. */
function cutMonths({ from, to }: DaySpan): DaySpan[] {
  const isOneMonth = firstOfMonth(from) === firstOfMonth(to);
  const first = { from, to: isOneMonth ? to : lastOfMonth(from) };
  const last = { from: isOneMonth ? from : firstOfMonth(to), to };
  const parts = isOneMonth ? [first] : [first, last];
  return parts.filter((part) => part.from !== firstOfMonth(part.from) || part.to !== lastOfMonth(part.to));
}

function planCut(inside: DaySpan, { days }: KnownTotals): ReportPlan {
  const month = wholeMonths(inside);
  const outside = without(month, [inside]);
  const isLess = daysOf(inside).length <= outside.flatMap(daysOf).length;
  const sign = isLess ? 1 : -1;
  const chosen = (isLess ? [inside] : outside).flatMap(daysOf);
  const missing = chosen.filter((day) => !days.has(day)).map((day) => ({ from: day, to: day }));
  return {
    months: isLess ? [] : [month],
    days: chosen.filter((day) => days.has(day)).map((day) => ({ day, sign })),
    rows: joined(missing).map((span) => ({ ...span, sign })),
  };
}

function fromRows(span: DaySpan): ReportPlan {
  return { months: [], days: [], rows: [added(span)] };
}

function added(span: DaySpan): SignedSpan {
  return { ...span, sign: 1 };
}

/** The months of a range one by one, the first and the last cut where the range is. */
export function monthsOf({ from, to }: DaySpan): DaySpan[] {
  const months: DaySpan[] = [];
  let day = from;
  for (; lastOfMonth(day) < to; day = addMonths(day, 1)) months.push({ from: day, to: lastOfMonth(day) });
  return [...months, { from: day, to }];
}
