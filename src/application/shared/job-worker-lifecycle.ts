import type { JobWorker } from './job-worker.js';

/** Runs the worker for as long as the process serves. */
export class JobWorkerLifecycle {
  constructor(private readonly worker: JobWorker) {}

  onApplicationBootstrap(): void {
    this.worker.start();
  }

  /** Before the drain: jobs may need the engines, which are let go of last. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop();
  }
}
