import type { WindowChangeView } from '../../../domain/event-pipelines/window-view.js';
import { textTable } from '../text-table.js';
import { groupText } from './alert-text.js';

/** Windows remembered at most: a screen shows fewer. */
const MOST_WINDOWS = 500;
const HEAD = ['aggregation', 'window', 'until', 'group', 'value', 'events', 'changed'];

/** The latest windows of what was told, to be drawn over and over. */
export class WindowBoard {
  private readonly windows = new Map<string, WindowChangeView>();

  add(changes: readonly WindowChangeView[]): void {
    for (const change of changes) {
      this.windows.set(`${change.window_start} ${change.aggregation} ${JSON.stringify(change.group)}`, change);
    }
    const newestFirst = [...this.windows].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [key] of newestFirst.slice(MOST_WINDOWS)) this.windows.delete(key);
  }

  /** Newest windows first, as many as there is room for. */
  picture(title: string, rows: number): string[] {
    const newest = [...this.windows].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, change]) => change);
    const shown = newest.slice(0, Math.max(1, rows - 4));
    if (shown.length === 0) return [title, 'No window has changed in the last minute.'];
    return [title, ...textTable(HEAD, shown.map(cellsOf))];
  }
}

/** One change as a line, which no control sequence of a terminal passes. */
export function changeLine(change: WindowChangeView): string {
  const { aggregation, window_start, group, value, events } = change;
  const [, line = ''] = textTable(
    ['', '', '', '', ''],
    [[aggregation, window_start, groupText(group) || '-', `value ${value ?? '-'}`, `events ${events}`]],
  );
  return line;
}

function cellsOf({ aggregation, window_start, window_end, group, value, events, changed_at }: WindowChangeView) {
  return [aggregation, window_start, window_end.slice(11, 19), groupText(group), value ?? '-', events, changed_at];
}
