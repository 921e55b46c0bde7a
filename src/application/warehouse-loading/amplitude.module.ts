import { type BeforeApplicationShutdown, Inject, Module } from '@nestjs/common';
import { AmplitudeVendor } from '../../domain/ports/amplitude-vendor.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { HourSpool } from '../../domain/ports/hour-spool.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { WarehouseTables } from '../../domain/ports/warehouse-tables.port.js';
import { AmplitudeLimits } from '../../domain/warehouse-loading/amplitude/amplitude-limits.js';
import { AmplitudeHours } from './amplitude/amplitude-hours.js';
import { LoadHours } from './amplitude/load-hours.js';
import { DeliverAmplitudeExportHandler } from './deliver-amplitude-export.command.js';
import { ExportAmplitudeHandler } from './export-amplitude.query.js';

@Module({
  providers: [
    {
      provide: AmplitudeHours,
      inject: [AmplitudeVendor, HourSpool, Clock, Log, Metrics, AmplitudeLimits],
      useFactory: makeHours,
    },
    {
      provide: LoadHours,
      inject: [WarehouseTables, Metrics],
      useFactory: (tables: WarehouseTables, metrics: Metrics) => new LoadHours(tables, metrics),
    },
    ExportAmplitudeHandler,
    DeliverAmplitudeExportHandler,
  ],
})
export class AmplitudeHandlersModule implements BeforeApplicationShutdown {
  constructor(@Inject(AmplitudeHours) private readonly hours: AmplitudeHours) {}

  /** Before the drain, which would wait for downloads otherwise. */
  beforeApplicationShutdown(): void {
    this.hours.stop();
  }
}

function makeHours(...resolved: [AmplitudeVendor, HourSpool, Clock, Log, Metrics, AmplitudeLimits]): AmplitudeHours {
  const [vendor, spool, clock, log, metrics, limits] = resolved;
  return new AmplitudeHours(vendor, spool, clock, { log, metrics, limits });
}
