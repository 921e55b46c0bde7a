import { Global, Module } from '@nestjs/common';
import { LoadLimits } from '../domain/warehouse-loading/load-limits.js';
import { bind } from './bind.js';
import { AccessSettings } from './config/access.settings.js';
import { LoadSettings } from './config/load.settings.js';

const HOUR_MS = 3_600_000;

/** The settings of loads, as the limits that handlers, drivers and adapters hold. */
@Global()
@Module({
  providers: [
    bind(LoadLimits, [LoadSettings, AccessSettings], (load, { maxBodyBytes }) => ({
      maxRowsPerInsert: load.maxRowsPerInsert,
      maxWriteBatchBytes: load.maxWriteBatchBytes,
      maxJsonBytes: maxBodyBytes,
      idempotencyKeptMs: load.idempotencyKeptHours * HOUR_MS,
    })),
  ],
  exports: [LoadLimits],
})
export class LoadLimitsModule {}
