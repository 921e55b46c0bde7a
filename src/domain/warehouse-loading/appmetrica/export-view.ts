import { isFinished, type Job, type JobFailure, type JobState } from '../../shared/job.js';
import { exportFileName, type ExportRequest } from './export-request.js';
import { type ExportProgress, NO_PROGRESS } from './export-progress.js';

export const EXPORT_JOB = 'appmetrica-export';

/** The object an export was stored as. */
export interface ExportObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

export interface ExportResult {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly parts: number;
  readonly host: string;
  readonly object?: ExportObject;
}

/** An export, for people and programs; in the words of the document and of the vendor. */
export interface ExportView {
  readonly id: string;
  readonly state: JobState;
  readonly application_id: number;
  readonly source: string;
  readonly format: string;
  readonly fields: readonly string[];
  readonly date_since?: string;
  readonly date_until?: string;
  readonly destination: string;
  readonly progress: {
    readonly phase: string;
    readonly percent: number;
    readonly parts: number;
    readonly fetched: number;
    readonly rows: number;
    readonly bytes: number;
    readonly waiting_until?: string;
    readonly reason?: string;
  };
  readonly result?: Omit<ExportResult, 'host'> & { readonly content: string; readonly file_name: string };
  readonly error?: JobFailure;
  readonly cancel_requested: boolean;
  readonly created_at: string;
  readonly started_at?: string;
  readonly finished_at?: string;
  /** Until when the export and its content are kept, of a finished one. */
  readonly kept_until?: string;
}

/** What jobs of this kind hold was written by the functions beside, so it has their types. */
export const requestOf = (job: Job): ExportRequest => job.request as unknown as ExportRequest;
export const progressOf = (job: Job): ExportProgress => ({ ...NO_PROGRESS, ...job.progress });
export const resultOf = (job: Job): ExportResult | undefined => job.result as unknown as ExportResult | undefined;

export function exportView(job: Job, keepMs: number): ExportView {
  const { applicationId, source, format, fields, dateSince, dateUntil, destination } = requestOf(job);
  const { startedAtMs, finishedAtMs, error } = job;
  return {
    id: job.id,
    state: job.state,
    application_id: applicationId,
    source,
    format,
    fields,
    ...(dateSince !== undefined && { date_since: dateSince }),
    ...(dateUntil !== undefined && { date_until: dateUntil }),
    destination,
    progress: progressView(job),
    ...resultView(job),
    ...(error && { error }),
    cancel_requested: job.cancelRequested,
    created_at: isoTime(job.createdAtMs),
    ...(startedAtMs !== undefined && { started_at: isoTime(startedAtMs) }),
    ...(finishedAtMs !== undefined && {
      finished_at: isoTime(finishedAtMs),
      kept_until: isoTime(finishedAtMs + keepMs),
    }),
  };
}

function progressView(job: Job): ExportView['progress'] {
  const { phase, percent, parts, fetched, rows, bytes, waitingUntilMs, reason } = progressOf(job);
  const isWaiting = !isFinished(job) && waitingUntilMs !== undefined;
  return {
    phase,
    percent: job.state === 'succeeded' ? 100 : percent,
    parts,
    fetched,
    rows,
    bytes,
    ...(isWaiting && { waiting_until: isoTime(waitingUntilMs) }),
    ...(isWaiting && reason !== undefined && { reason }),
  };
}

function resultView(job: Job): Pick<ExportView, 'result'> {
  const result = resultOf(job);
  if (result === undefined) return {};
  const { host: _internal, ...facts } = result;
  const content = `/appmetrica/exports/${job.id}/content`;
  return { result: { ...facts, content, file_name: exportFileName(requestOf(job)) } };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
