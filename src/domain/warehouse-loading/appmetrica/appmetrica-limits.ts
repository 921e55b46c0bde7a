/** The named limits of AppMetrica exports, from the settings. */
export abstract class AppmetricaLimits {
  /** Of requests that name none. */
  abstract readonly applicationId?: number;
  /** First pause between two looks at whether the vendor, or our own job, is ready; the vendor is asked less and less often. */
  abstract readonly pollMs: number;
  /** How long a caller who waits for a job waits. */
  abstract readonly pollTimeoutMs: number;
  /** How long one export may take in one process, the vendor's queue included. */
  abstract readonly exportTimeoutMs: number;
  /** Times in a row that the vendor may fail to answer, or to send a whole part. */
  abstract readonly maxTries: number;
  /** Longest pause the vendor is granted when its quota is used up. */
  abstract readonly maxWaitMs: number;
  /** Parts an export may be split into. */
  abstract readonly maxParts: number;
  /** Bytes an export may have. */
  abstract readonly maxBytes: number;
  /** Exports one process works on at once. */
  abstract readonly concurrency: number;
  /** How long finished exports and their content are kept. */
  abstract readonly keepMs: number;
}
