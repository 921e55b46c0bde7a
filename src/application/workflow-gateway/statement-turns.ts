import { ConcurrencyGate } from '../../domain/workflow-gateway/concurrency-gate.js';
import type { GuardedLimits } from '../../domain/workflow-gateway/guarded-limits.js';
import type { GuardedEngine } from '../../domain/workflow-gateway/guarded-statement.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';

/** Who wants to run something, and where. */
export interface Turn {
  readonly caller: string;
  readonly engine: GuardedEngine;
  readonly signal: AbortSignal;
}

/** Gives callers their turns: each key its share, each engine what it can bear. */
export class StatementTurns {
  private readonly keys: ConcurrencyGate;
  private readonly engines: Readonly<Record<GuardedEngine, ConcurrencyGate>>;

  constructor(
    clock: Clock,
    private readonly metrics: Metrics,
    limits: GuardedLimits,
  ) {
    const { queue: waiting, queueMs: waitMs } = limits;
    const gate = (running: number): ConcurrencyGate =>
      new ConcurrencyGate({ running, waiting, waitMs }, (ms, signal) => clock.sleep(ms, signal));
    this.keys = gate(limits.perKey);
    this.engines = { postgres: gate(limits.postgresConcurrency), clickhouse: gate(limits.clickhouseConcurrency) };
  }

  /** @throws PenstockError `query.busy`, `query.cancelled` */
  async during<T>({ caller, engine, signal }: Turn, work: () => Promise<T>): Promise<T> {
    const leaveQueue = this.counted('penstock_guarded_statements_waiting', engine);
    try {
      return await this.keys.during(caller, signal, () =>
        this.engines[engine].during(engine, signal, async () => {
          leaveQueue();
          const leave = this.counted('penstock_guarded_statements_running', engine);
          return work().finally(leave);
        }),
      );
    } finally {
      leaveQueue();
    }
  }

  /** @returns what undoes it, once */
  private counted(
    gauge: 'penstock_guarded_statements_waiting' | 'penstock_guarded_statements_running',
    engine: GuardedEngine,
  ): () => void {
    let isCounted = true;
    this.metrics.add(gauge, { engine }, 1);
    return () => {
      if (isCounted) this.metrics.add(gauge, { engine }, -1);
      isCounted = false;
    };
  }
}
