import type { WindowDefinition } from '../../../domain/event-pipelines/window-definition.js';
import type { TableName } from '../../../domain/shared/table-name.js';
import { localName } from '../table-definitions.js';

/** What an object of ours is for; it stands in its comment. */
export const WINDOW_ROLES = ['windows', 'late', 'panes', 'late_rows', 'counted', 'gate', 'feed', 'late_feed'] as const;
export type WindowRole = (typeof WINDOW_ROLES)[number];

/** The objects of one build of an aggregation; each build has its own, but for the views that people read. */
export interface WindowNames {
  /** View of the windows. */
  readonly windows: TableName;
  /** View of the late events. */
  readonly late: TableName;
  /** States by pane and group. */
  readonly panes: TableName;
  readonly lateRows: TableName;
  /** Inserts that the backfill counts, so that the feeds do not. */
  readonly counted: TableName;
  /** View that says whether the feeds keep inserts apart still. */
  readonly gate: TableName;
  readonly feed: TableName;
  readonly lateFeed: TableName;
}

/** `{domain}_{aggregation}`, and beside it what is behind it. */
export function windowNames(database: string, domain: string, aggregation: string, build: string): WindowNames {
  const view = `${domain}_${aggregation}`;
  const named = (suffix: string): TableName => ({ database, table: `${view}_${suffix}` });
  return {
    windows: { database, table: view },
    late: named('late'),
    panes: named(`panes_${build}`),
    lateRows: named(`late_rows_${build}`),
    counted: named(`counted_${build}`),
    gate: named(`gate_${build}`),
    feed: named(`feed_${build}`),
    lateFeed: named(`late_feed_${build}`),
  };
}

/** What stands in the comment of each object, by which the service finds its own. */
export interface WindowMark {
  readonly domain: string;
  readonly aggregation: string;
  readonly role: WindowRole;
  readonly build: string;
  /** Name of the table of events. */
  readonly source: string;
  /** Only at the view of the windows, which is made last. */
  readonly made?: WindowsMade;
}

/** How a build was made: it is read by that, whatever the domain says meanwhile. */
export interface WindowsMade {
  /** Of the definition and its table of events; the same: nothing to do. */
  readonly fingerprint: string;
  readonly definition: WindowDefinition;
}

export const MARK = 'Penstock windows ';

export const markText = (mark: WindowMark): string => MARK + JSON.stringify(mark);

/** The table that holds the rows: on a cluster, that of each server. */
export const stored = (name: TableName, cluster: string | undefined): TableName =>
  cluster === undefined ? name : localName(name);
