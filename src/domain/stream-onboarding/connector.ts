import type { Column } from '../shared/column.js';
import type { TableName } from '../shared/table-name.js';
import type { EventFormat } from './event-format.js';

/** What happens to a field that the table has no column for. */
export const NEW_FIELD_POLICIES = ['evolve', 'ignore', 'reject', 'to_extra'] as const;
export type NewFieldPolicy = (typeof NEW_FIELD_POLICIES)[number];

/**
 * Where copying starts: the oldest record kept, or a time, milliseconds since the epoch. "Latest" is the time of the
 * request: so no event is missed between the request and the first read, nor in a shard born meanwhile.
 */
export type StartFrom = 'TRIM_HORIZON' | { readonly atMs: number };

/**
 * `creating`: recorded, its table may not exist yet; finished or undone by whoever finds it.
 * `running`, `paused`: as asked for. `removing`: no longer copied, being cleaned up.
 */
export type ConnectorState = 'creating' | 'running' | 'paused' | 'removing';

/** The binding of a stream to a table that is kept up to date from it. */
export interface Connector {
  /** URL-safe, unique. */
  readonly id: string;
  readonly streamName: string;
  readonly streamArn: string;
  readonly target: TableName;
  /** The warehouse's own id of the table; unset only while `creating`. */
  readonly tableUuid?: string;
  readonly columns: readonly Column[];
  readonly orderBy: readonly string[];
  readonly startFrom: StartFrom;
  readonly onNewField: NewFieldPolicy;
  /** Unset: the records are JSON objects, and rows as they are. */
  readonly events?: EventFormat;
  readonly state: ConnectorState;
  /** Set on a connector that is not to copy before somebody resumes it, so that whoever finishes its creation knows. */
  readonly startsPaused?: boolean;
  readonly createdAtMs: number;
  /** Counts up with every change; a change names the revision it was made from. */
  readonly revision: number;
}
