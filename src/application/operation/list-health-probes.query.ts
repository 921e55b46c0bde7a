import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type HealthProbe, HealthProbes } from '../../domain/ports/health-probe.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';

/** What readiness has to ask. */
export class ListHealthProbesQuery extends Query<readonly HealthProbe[]> {}

@QueryHandler(ListHealthProbesQuery)
export class ListHealthProbesHandler implements IQueryHandler<ListHealthProbesQuery> {
  constructor(
    private readonly probes: HealthProbes,
    private readonly metrics: Metrics,
  ) {}

  async execute(): Promise<readonly HealthProbe[]> {
    return this.probes.list().map((probe) => this.counted(probe));
  }

  private counted(probe: HealthProbe): HealthProbe {
    const record = (up: number): void => this.metrics.set('penstock_engine_up', { engine: probe.name }, up);
    return {
      name: probe.name,
      check: async (signal) => {
        let settled = false;
        // A check that hangs until it is given up counts as a failure, not as whatever it was before.
        signal.addEventListener('abort', () => settled || record(0), { once: true });
        try {
          await probe.check(signal);
          record(1);
        } catch (error) {
          record(0);
          throw error;
        } finally {
          settled = true;
        }
      },
    };
  }
}
