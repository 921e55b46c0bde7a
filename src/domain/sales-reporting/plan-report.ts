import { addDays, addMonths, type Day, type DaySpan, daysOf, firstOfMonth, lastOfMonth } from './calendar.js';
import { intersection, joined, overlaps, wholeMonths, without } from './day-spans.js';

/** Days whose totals are added, or taken away again. */
export interface SignedSpan extends DaySpan {
  readonly sign: 1 | -1;
}

/** Which totals make up a report: together, and with their signs, they cover each day of its range once. */
export interface ReportPlan {
  /** Whole months, from the totals by month. */
  readonly months: readonly DaySpan[];
  /** From the beginning of the month up to these days, from the totals that are kept so far. */
  readonly soFar: readonly { readonly kept: Day; readonly sign: 1 | -1 }[];
  /** From the rows themselves. */
  readonly rows: readonly SignedSpan[];
}

/** The totals of a month that hold up to a day: none where the month has no sales before it. */
export interface SoFar {
  /** The day they are kept under. */
  readonly kept?: Day | undefined;
  /** Undefined: nothing of the month is known so far. */
  readonly upTo?: Day | undefined;
}

/** What is known of the totals that are kept. */
export interface KnownTotals {
  /** Days whose totals may not be right; a month with one of them is read from its rows. */
  readonly unknown: readonly DaySpan[];
  /** By the days at which the range cuts months. Left out: nothing is taken away again, cut months are read from rows. */
  readonly soFar?: ReadonlyMap<Day, SoFar> | undefined;
}

/** A month that the range cuts is read as what is known so far and as few rows as possible, added or taken away. */
export function planReport(range: DaySpan, known: KnownTotals): ReportPlan {
  const unknown = joined(known.unknown.map(wholeMonths));
  const cut = cutMonths(range);
  const whole = without(wholeMonths(range), cut.map(wholeMonths));
  const edges = cut.map((part) =>
    known.soFar === undefined || unknown.some((span) => overlaps(span, part))
      ? fromRows(part)
      : planCut(part, known.soFar),
  );
  return {
    months: joined([...whole.flatMap((span) => without(span, unknown)), ...edges.flatMap(({ months }) => months)]),
    soFar: edges.flatMap(({ soFar }) => soFar),
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

/** Up to its end, less what was before its beginning; or its own rows, where these are fewer. */
function planCut(inside: DaySpan, soFar: ReadonlyMap<Day, SoFar>): ReportPlan {
  const month = wholeMonths(inside);
  const after = without(month, [{ from: month.from, to: inside.to }]);
  const before = inside.from === month.from ? [] : [planUpTo(addDays(inside.from, -1), soFar, -1)];
  const ends = [
    { months: [month], soFar: [], rows: after.map((span) => ({ ...span, sign: -1 as const })) },
    ...(after.length === 0 ? [] : [planUpTo(inside.to, soFar, 1)]),
  ];
  const ways = [...ends.map((end) => together([end, ...before])), fromRows(inside)];
  return ways.toSorted((one, other) => daysRead(one) - daysRead(other))[0] ?? fromRows(inside);
}

function planUpTo(day: Day, soFar: ReadonlyMap<Day, SoFar>, sign: 1 | -1): ReportPlan {
  const { kept, upTo } = soFar.get(day) ?? {};
  const from = upTo === undefined ? firstOfMonth(day) : addDays(upTo, 1);
  return {
    months: [],
    soFar: kept === undefined ? [] : [{ kept, sign }],
    rows: from > day ? [] : [{ from, to: day, sign }],
  };
}

function together(plans: readonly ReportPlan[]): ReportPlan {
  return {
    months: plans.flatMap(({ months }) => months),
    soFar: plans.flatMap(({ soFar }) => soFar),
    rows: plans.flatMap(({ rows }) => rows),
  };
}

function daysRead({ rows }: ReportPlan): number {
  return rows.flatMap(daysOf).length;
}

/** The days at which a range cuts months: the last one before it, and its own last one. */
export function cutDays({ from, to }: DaySpan): Day[] {
  return [...(from === firstOfMonth(from) ? [] : [addDays(from, -1)]), ...(to === lastOfMonth(to) ? [] : [to])];
}

function fromRows(span: DaySpan): ReportPlan {
  return { months: [], soFar: [], rows: [added(span)] };
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
