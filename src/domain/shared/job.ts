/** The states of long work, in order; a job never goes back but from `running` to `accepted`, when it was handed back. */
export const JOB_STATES = ['accepted', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** How a job can end. */
export type JobEnd = Extract<JobState, 'succeeded' | 'failed' | 'cancelled'>;

/** What JSON can hold; the kind of a job decides what stands in it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Why a job failed, in words of the error catalogue. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

/** Work that outlives the request that asked for it, and the process that does it. */
export interface Job {
  readonly id: string;
  /** What is to be done, such as `appmetrica-export`. */
  readonly kind: string;
  readonly state: JobState;
  /** What was asked for. */
  readonly request: JsonObject;
  /** What was last told of the way; `{}` before anything was. */
  readonly progress: JsonObject;
  /** Of a job that succeeded. */
  readonly result?: JsonObject;
  /** Of a job that failed. */
  readonly error?: JobFailure;
  /** Somebody wants it to end; whoever works on it is told with its next heartbeat. */
  readonly cancelRequested: boolean;
  /** How often a process took it and did not hand it back. */
  readonly attempts: number;
  /** Name of the key that asked for it. */
  readonly caller: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
}

export function isFinished({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'accepted' && state !== 'running';
}
