import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { ShardCopier } from './shard-copier.js';

/** Shows how the shards that this process copies are doing; of each connector, the slowest of them. */
export function gaugeCopiers(
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
  copiers: readonly ShardCopier[],
): void {
  metrics.set('penstock_shards_copied', {}, copiers.length);
  metrics.set('penstock_shards_stalled', {}, copiers.filter(({ stalled }) => stalled !== undefined).length);
  const nowMs = clock.nowMs();
  for (const [connector, lagMs] of slowest(copiers, (copier) => copier.lagMs)) {
    metrics.set('penstock_copy_lag_seconds', { connector }, lagMs / 1000);
  }
  const delayOf = ({ watermarkMs }: ShardCopier) => (watermarkMs ? Math.max(0, nowMs - watermarkMs) : undefined);
  for (const [connector, delayMs] of slowest(copiers, delayOf)) {
    metrics.set('penstock_watermark_delay_seconds', { connector }, delayMs / 1000);
  }
}

function slowest(
  copiers: readonly ShardCopier[],
  delayOf: (copier: ShardCopier) => number | undefined,
): ReadonlyMap<string, number> {
  const delays = new Map<string, number>();
  for (const copier of copiers) {
    const delay = delayOf(copier);
    const { id } = copier.connector;
    if (delay !== undefined) delays.set(id, Math.max(delay, delays.get(id) ?? 0));
  }
  return delays;
}
