import type { AppmetricaLogs } from '../../../domain/ports/appmetrica-logs.port.js';
import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Jobs } from '../../../domain/ports/jobs.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { PartSpool } from '../../../domain/ports/part-spool.port.js';
import type { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import type { ExportBucket } from './export-bucket.js';
import type { ExportTold } from './export-told.js';

/** What it takes to make exports. */
export interface ExportPorts {
  readonly vendor: AppmetricaLogs;
  readonly spool: PartSpool;
  readonly bucket: ExportBucket;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly limits: AppmetricaLimits;
}

/** The same for one export that is being made. */
export interface FetchPorts extends ExportPorts {
  readonly told: ExportTold;
  readonly signal: AbortSignal;
}
