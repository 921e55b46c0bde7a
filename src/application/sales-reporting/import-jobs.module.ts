import { Module } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { WarehouseImports } from '../../domain/ports/warehouse-imports.port.js';
import { JobRunners } from '../shared/job-runners.js';
import { CancelImportHandler } from './import-jobs/cancel-import.command.js';
import { FollowImportHandler } from './import-jobs/follow-import.query.js';
import { ImportRunner } from './import-jobs/import-runner.js';
import { ListImportJobsHandler } from './import-jobs/list-import-jobs.query.js';
import { RequestImportHandler } from './import-jobs/request-import.command.js';

type Parts = [JobRunners, CommandBus, WarehouseImports, ObjectStore, Clock];

/** Imports that are asked for over HTTP. Needs JobsModule beside it, which does them, and ImportsModule. */
@Module({
  providers: [
    CancelImportHandler,
    FollowImportHandler,
    ListImportJobsHandler,
    RequestImportHandler,
    {
      provide: ImportRunner,
      inject: [JobRunners, CommandBus, WarehouseImports, ObjectStore, Clock],
      useFactory: (...[runners, commands, imports, store, clock]: Parts): ImportRunner => {
        const runner = new ImportRunner({ commands, imports, store, nowMs: () => clock.nowMs() });
        runners.register(runner);
        return runner;
      },
    },
  ],
})
export class ImportJobsModule {}
