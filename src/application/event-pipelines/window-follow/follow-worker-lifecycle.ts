import type { FollowWorker } from './follow-worker.js';

/** Runs the worker for as long as the process serves. */
export class FollowWorkerLifecycle {
  constructor(private readonly worker: FollowWorker) {}

  onApplicationBootstrap(): void {
    this.worker.start();
  }

  /** Before the drain: following needs the engines, which are let go of last. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop();
  }
}
