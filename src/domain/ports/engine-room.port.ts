/** An embedded engine that runs now: where it listens, and what a client of any kind needs to be let in. */
export interface RunningEngine {
  /** `postgres`, `clickhouse`, `kinesis`, `dynamodb`, … */
  readonly name: string;
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
}

/** One step of an engine's start, in words: `PostgreSQL: preparing its data folder…`. */
export interface EngineStep {
  readonly engine: string;
  readonly text: string;
}

/**
 * The embedded engines of one PENSTOCK_HOME as a whole, for people: what runs, start all, stop all.
 *
 * @throws PenstockError `engine.unavailable`
 */
export abstract class EngineRoom {
  /** Engines that run now, whichever process asked for them, in the order of the catalogue. Starts nothing. */
  abstract list(): Promise<RunningEngine[]>;

  /** Starts the engines that do not run yet and answers all; they run while this or another process holds them. */
  abstract start(): Promise<RunningEngine[]>;

  /**
   * Stops all engines and waits for it, also those that other processes use: these start them again when they next
   * ask for one.
   *
   * @returns whether anything ran
   */
  abstract stop(): Promise<boolean>;

  /** Reports each step of every start that this process waits for. @returns how to end it */
  abstract onStep(listener: (step: EngineStep) => void): () => void;
}
