import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Global, Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { JobQueue } from '../../domain/ports/job-queue.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { JobLimits } from '../../domain/shared/job-limits.js';
import { JobRunners } from './job-runners.js';
import { JobWorker } from './job-worker.js';

/** What knows how to do jobs, without beginning to; a capability's module registers its runners. */
@Global()
@Module({
  providers: [
    { provide: JobRunners, useFactory: () => new JobRunners() },
    {
      provide: JobWorker,
      inject: [JobQueue, JobRunners, Clock, Log, Metrics, JobLimits],
      useFactory: makeWorker,
    },
  ],
  exports: [JobRunners, JobWorker],
})
export class JobsModule {}

function makeWorker(...resolved: [JobQueue, JobRunners, Clock, Log, Metrics, JobLimits]): JobWorker {
  const [queue, runners, clock, log, metrics, limits] = resolved;
  const id = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  return new JobWorker(id, { queue, runners, clock, log, metrics, limits });
}
