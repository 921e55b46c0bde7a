import { Module } from '@nestjs/common';
import { JobWorker } from './job-worker.js';
import { JobWorkerLifecycle } from './job-worker-lifecycle.js';

/** Does jobs for as long as the process runs; the workers of every capability with jobs name it. */
@Module({
  providers: [
    {
      provide: JobWorkerLifecycle,
      inject: [JobWorker],
      useFactory: (worker: JobWorker) => new JobWorkerLifecycle(worker),
    },
  ],
})
export class JobWorkerModule {}
