/** The kinds of entries that orchestrators write. */
export const LOG_ENTRY_TYPES = [
  'status',
  'code',
  'info',
  'start',
  'end',
  'result',
  'success',
  'error',
  'warning',
  'progress',
] as const;
export type LogEntryType = (typeof LOG_ENTRY_TYPES)[number];

/** One line of a run's log, as its orchestrator wrote it; what an older one wrote may have further fields. */
export interface RunLogEntry {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** JSON; numbers beyond what JSON numbers keep are texts. */
  readonly metadata?: unknown;
}
