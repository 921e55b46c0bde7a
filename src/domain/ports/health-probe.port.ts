/** One thing the service cannot work without. */
export interface HealthProbe {
  /** Unique, lower case, as an operator would call it: `clickhouse`, `connector orders`. */
  readonly name: string;
  /**
   * Resolves when it works, and gives up when `signal` is aborted.
   *
   * @throws PenstockError whose message says to an operator what is wrong; of other errors nothing is shown
   */
  check(signal: AbortSignal): Promise<void>;
}

/** Everything readiness asks. Adapters register their engine when they are made; workers what may stall. */
export abstract class HealthProbes {
  /** Adds a probe; one of the same name takes the place of the older. */
  abstract register(probe: HealthProbe): void;

  /** Forgets the probe of this name, if there is one. */
  abstract remove(name: string): void;

  /** All probes, by name. */
  abstract list(): readonly HealthProbe[];
}
