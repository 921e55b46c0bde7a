import type { JsonObject } from '../shared/job.js';

/** What carries a workflow out: an orchestrator function. Every adapter passes test/contracts/workflow-runner.contract.ts. */
export abstract class WorkflowRunner {
  /**
   * Hands the event to the orchestrator once, and waits for its answer for as long as a function may run. It is never tried
   * again from here: what failed may have been done. Aborting ends the waiting, not the function.
   *
   * @returns the JSON of the answer, as the orchestrator gave it
   * @throws PenstockError `workflow.unknown`, `workflow.forbidden`, `workflow.throttled`, `workflow.unreachable` (nothing
   * was begun); `workflow.failed` (the function threw or ended), `workflow.timeout` (its time was over, or nothing was
   * heard in time); `request.too-large`
   */
  abstract invoke(event: JsonObject, signal: AbortSignal): Promise<unknown>;
}
