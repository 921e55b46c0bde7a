import { resolve } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { AmplitudeVendor } from '../../domain/ports/amplitude-vendor.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { HourSpool } from '../../domain/ports/hour-spool.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { AmplitudeLimits } from '../../domain/warehouse-loading/amplitude/amplitude-limits.js';
import { bind } from '../bind.js';
import { AmplitudeSettings } from '../config/amplitude.settings.js';
import { HomeSettings } from '../config/home.settings.js';
import { AmplitudeHttpVendor } from './amplitude-http-vendor.js';
import { DiskHourSpool } from './disk-hour-spool.js';

@Global()
@Module({
  providers: [
    bind(AmplitudeLimits, [AmplitudeSettings], (settings) => settings),
    bind(
      AmplitudeVendor,
      [AmplitudeSettings, Clock, Metrics],
      (settings, clock, metrics) => new AmplitudeHttpVendor(settings, clock, metrics),
    ),
    bind(
      HourSpool,
      [AmplitudeSettings, HomeSettings, Clock, Metrics],
      (settings, { home }, clock, metrics) =>
        new DiskHourSpool(resolve(home, 'amplitude'), settings.spool, clock, metrics),
    ),
  ],
  exports: [AmplitudeLimits, AmplitudeVendor, HourSpool],
})
export class AmplitudeModule {}
