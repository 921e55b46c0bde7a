import type {
  WindowCondition,
  WindowDefinition,
  WindowState,
} from '../../../domain/event-pipelines/window-definition.js';
import { isTime } from '../../../domain/event-pipelines/window-definition.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from '../../../domain/event-pipelines/generate-event-schema.js';
import { quoteIdentifier, quoteString } from '../../../domain/shared/sql-quoting.js';

/** Which events are taken, and what is kept of the insert that brought them. */
export interface EventsTaken {
  /** The table of events, quoted. */
  readonly from: string;
  /** Text over `e`: rows of different ones are kept apart; unset: all together. */
  readonly batch?: string;
  /** More conditions, over `e`. */
  readonly where: readonly string[];
}

export const isSliding = ({ durationMs, slideMs }: WindowDefinition): boolean => durationMs !== slideMs;

/** Column of the event, as expressions name it: a field may be called like anything of ours. */
const field = (name: string): string => `e.${quoteIdentifier(name)}`;

const time = `toUnixTimestamp64Milli(${field(EVENT_TIME_FIELD)})`;
const watermark = 'toUnixTimestamp64Milli(e._watermark)';

/** Rounded down, below the epoch too. */
const floor = (ms: string, step: number): string => `(${ms} - positiveModulo(${ms}, ${step}))`;
const moment = (ms: string): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`;

/** Milliseconds of the pane an event is in: the start of its latest window. */
const paneMs = ({ slideMs }: WindowDefinition): string => floor(time, slideMs);

/** The earliest window that an event is in, whether it is late for it or not. */
const earliestMs = (definition: WindowDefinition): string =>
  `(${paneMs(definition)} - ${definition.durationMs - definition.slideMs})`;

/** The earliest window that is still open at the watermark: its end and the lateness are ahead of it. */
function openMs({ durationMs, latenessMs, slideMs }: WindowDefinition): string {
  const closed = `(${watermark} - ${durationMs + latenessMs})`;
  return `(${floor(closed, slideMs)} + ${slideMs})`;
}

/**
 * States of events by pane, the first window that still took the event, and group. An event counts in the windows from
 * that one to its pane, so that each window knows its own late events though they share panes.
 */
export function paneSelect(definition: WindowDefinition, { from, batch, where }: EventsTaken): string {
  const { durationMs, latenessMs, groups, conditions } = definition;
  const first = `greatest(${earliestMs(definition)}, ${openMs(definition)})`;
  const keys = [
    `${moment(paneMs(definition))} AS pane`,
    ...(isSliding(definition) ? [`${moment(first)} AS first`] : []),
    ...groups.map(({ name }, at) => `${field(name)} AS group_${at}`),
    ...(batch === undefined ? [] : [`${batch} AS batch`]),
  ];
  const values = [
    ...(batch === undefined ? ["'' AS batch"] : []),
    'count() AS events',
    ...stateValues(definition.state),
    "now64(3, 'UTC') AS changed_at",
  ];
  const taken = `${watermark} < ${paneMs(definition)} + ${durationMs + latenessMs}`;
  const conditionTexts = [taken, ...conditions.map(conditionText), ...where];
  const places = keys.map((_, at) => at + 1).join(', ');
  return `SELECT ${[...keys, ...values].join(', ')} FROM ${from} AS e WHERE ${conditionTexts.join(' AND ')} GROUP BY ${places}`;
}

/** A row per event and window that it came too late for. */
export function lateSelect(definition: WindowDefinition, { from, where }: EventsTaken): string {
  const { durationMs, latenessMs, slideMs, conditions } = definition;
  const earliest = earliestMs(definition);
  const windows = `least(${durationMs / slideMs}, intDiv(${openMs(definition)} - ${earliest}, ${slideMs}))`;
  const start = isSliding(definition)
    ? `arrayJoin(arrayMap(at -> ${earliest} + at * ${slideMs}, range(toUInt64(greatest(0, ${windows})))))`
    : earliest;
  const late = `${watermark} >= ${earliest} + ${durationMs + latenessMs}`;
  return (
    `SELECT toString(${field(EVENT_ID_FIELD)}) AS event_id, ${field(EVENT_TIME_FIELD)} AS timestamp, ` +
    `${moment(`(${start} AS start_ms)`)} AS window_start, ${moment(`(start_ms + ${durationMs})`)} AS window_end, ` +
    `${watermark} - start_ms - ${durationMs + latenessMs} AS lateness_ms, toString(e._batch) AS batch ` +
    `FROM ${from} AS e WHERE ${[late, ...conditions.map(conditionText), ...where].join(' AND ')}`
  );
}

function stateValues(state: WindowState): string[] {
  if (state.kind === 'count') return [];
  const value = field(state.column.name);
  if (state.kind === 'distinct') return [`uniqExactState(${value}) AS distinct_values`];
  // Wide enough for any number of 64-bit integers.
  const summed = state.of === 'whole' ? `toInt128(${value})` : value;
  return [`count(${value}) AS present`, `ifNull(sum(${summed}), 0) AS total`];
}

/** Null is neither equal nor unequal to anything, as SQL has it. */
function conditionText({ column, comparison, value }: WindowCondition): string {
  return `${field(column.name)} ${comparison} ${literal(column.type, value)}`;
}

function literal(type: string, value: string | number): string {
  if (typeof value === 'string') return quoteString(value);
  return isTime(type) ? moment(`toInt64(${value})`) : String(value);
}
