import { Module } from '@nestjs/common';
import { AppmetricaLogs } from '../../domain/ports/appmetrica-logs.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { PartSpool } from '../../domain/ports/part-spool.port.js';
import { AppmetricaLimits } from '../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { JobRunners } from '../shared/job-runners.js';
import { CancelExportHandler } from './appmetrica/cancel-export.command.js';
import { ExportBucket } from './appmetrica/export-bucket.js';
import { ExportContents } from './appmetrica/export-content.js';
import { ExportRunner } from './appmetrica/export-runner.js';
import { FetchExportHandler } from './appmetrica/fetch-export.query.js';
import { FinishExportHandler } from './appmetrica/finish-export.command.js';
import { ListExportsHandler } from './appmetrica/list-exports.query.js';
import { PingAppmetricaHandler } from './appmetrica/ping-appmetrica.query.js';
import { ReadExportHandler } from './appmetrica/read-export.query.js';
import { RemoveExportHandler } from './appmetrica/remove-export.command.js';
import { RequestExportHandler } from './appmetrica/request-export.command.js';
import { ShowExportHandler } from './appmetrica/show-export.query.js';

type Ports = [JobRunners, AppmetricaLogs, PartSpool, ObjectStore, Jobs, Clock, Metrics, AppmetricaLimits];

/** Exports from AppMetrica. Needs JobsModule beside it, which does them. */
@Module({
  providers: [
    CancelExportHandler,
    FetchExportHandler,
    FinishExportHandler,
    ListExportsHandler,
    PingAppmetricaHandler,
    ReadExportHandler,
    RemoveExportHandler,
    RequestExportHandler,
    ShowExportHandler,
    {
      provide: ExportContents,
      inject: [PartSpool, ObjectStore],
      useFactory: (spool: PartSpool, objects: ObjectStore) => new ExportContents(spool, objects),
    },
    {
      provide: ExportRunner,
      inject: [JobRunners, AppmetricaLogs, PartSpool, ObjectStore, Jobs, Clock, Metrics, AppmetricaLimits],
      useFactory: registeredRunner,
    },
  ],
})
export class AppmetricaModule {}

function registeredRunner(...resolved: Ports): ExportRunner {
  const [runners, vendor, spool, objects, jobs, clock, metrics, limits] = resolved;
  const bucket = new ExportBucket(objects, spool);
  const runner = new ExportRunner({ vendor, spool, bucket, jobs, clock, metrics, limits });
  runners.register(runner);
  return runner;
}
