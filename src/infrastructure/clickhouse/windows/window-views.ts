import type { WindowDefinition } from '../../../domain/event-pipelines/window-definition.js';
import { quoteIdentifier } from '../../../domain/shared/sql-quoting.js';
import { quoteTableName } from '../../../domain/stream-onboarding/create-table-statement.js';
import { isSliding } from './pane-selects.js';
import type { WindowNames } from './window-names.js';

/** Places behind the point of a mean of whole numbers; the two more are for rounding. */
const MEAN_SCALE = 10;

/** The start of each window that a row of the panes counts in, in milliseconds; as a part of a SELECT, one row for each. */
export function windowStarts(definition: WindowDefinition): string {
  const { slideMs } = definition;
  const pane = 'toUnixTimestamp64Milli(pane)';
  if (!isSliding(definition)) return pane;
  const first = 'toUnixTimestamp64Milli(first)';
  return `arrayJoin(range(${first}, ${pane} + ${slideMs}, ${slideMs}))`;
}

/** The value of a window, from the states of its panes, `p`. */
export function windowValue({ state }: WindowDefinition): string {
  if (state.kind === 'count') return 'sum(p.events)';
  if (state.kind === 'distinct') return 'uniqExactMerge(p.distinct_values)';
  const [total, present] = ['sum(p.total)', 'sum(p.present)'];
  if (!state.divided) return `if(${present} = 0, NULL, ${total})`;
  // Never by zero, though it is not read then.
  const by = `greatest(${present}, 1)`;
  const mean =
    state.of === 'double'
      ? `${total} / ${by}`
      : `round(toDecimal256(${total}, ${MEAN_SCALE + 2}) / ${by}, ${MEAN_SCALE})`;
  return `if(${present} = 0, NULL, ${mean})`;
}

/** What people read: a row per window and group. */
export function windowViewSelect(definition: WindowDefinition, { panes }: WindowNames): string {
  const groups = definition.groups.map((_, at) => `p.group_${at}`);
  const named = definition.groups.map(({ name }, at) => `p.group_${at} AS ${quoteIdentifier(name)}`);
  const rows = `SELECT *, ${windowStarts(definition)} AS start_ms FROM ${quoteTableName(panes)}`;
  const columns = [
    "fromUnixTimestamp64Milli(p.start_ms, 'UTC') AS window_start",
    `fromUnixTimestamp64Milli(p.start_ms + ${definition.durationMs}, 'UTC') AS window_end`,
    ...named,
    `${windowValue(definition)} AS value`,
    'sum(p.events) AS events',
  ];
  return `SELECT ${columns.join(', ')} FROM (${rows}) AS p GROUP BY ${['p.start_ms', ...groups].join(', ')}`;
}

/** What came too late: a row per event and window. */
export function lateViewSelect({ lateRows }: WindowNames): string {
  return `SELECT event_id, timestamp, window_start, window_end, lateness_ms FROM ${quoteTableName(lateRows)}`;
}
