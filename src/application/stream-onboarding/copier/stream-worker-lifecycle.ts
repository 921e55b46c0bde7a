import { PenstockError } from '../../../domain/errors.js';
import type { HealthProbes } from '../../../domain/ports/health-probe.port.js';
import type { CopyLimits } from '../../../domain/stream-onboarding/copy-limits.js';
import type { StreamWorker } from './stream-worker.js';

const PROBE = 'streams';
const MOST_REASONS = 3;

/** Runs the worker for as long as the process serves, and lets readiness say what does not advance. */
export class StreamWorkerLifecycle {
  constructor(
    private readonly worker: StreamWorker,
    private readonly probes: HealthProbes,
    private readonly limits: CopyLimits,
  ) {}

  onApplicationBootstrap(): void {
    this.probes.register({ name: PROBE, check: () => this.check() });
    this.worker.start();
  }

  /** Before the drain: copying may need the engines, which are let go of last. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop(this.limits.stopMs);
    this.probes.remove(PROBE);
  }

  private async check(): Promise<void> {
    const stalled = this.worker.stalled();
    if (stalled.length === 0) return;
    const shown = stalled
      .slice(0, MOST_REASONS)
      .map(({ connectorId, shardId, reason }) => `${connectorId}/${shardId}: ${reason}`);
    const more = stalled.length > shown.length ? `, and ${stalled.length - shown.length} more` : '';
    throw new PenstockError('warehouse.unreachable', `Copying waits. ${shown.join('; ')}${more}`);
  }
}
