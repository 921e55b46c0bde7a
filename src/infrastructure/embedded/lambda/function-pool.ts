import { AwsError } from '../aws/aws-error.js';
import type { LambdaFunction } from './function-catalog.js';
import { FunctionInstance, type InvocationEnd, type InvocationEvent, type WriteLog } from './function-instance.js';
import type { LambdaLimits } from './limits.js';

interface Idle {
  readonly instance: FunctionInstance;
  readonly leaving: NodeJS.Timeout;
}

/** Instances of functions: warm ones are used again, and leave when nobody needs them for a while. */
export class FunctionPool {
  private readonly idle = new Map<string, Idle[]>();
  private readonly working = new Set<FunctionInstance>();
  private isClosed = false;

  constructor(
    private readonly limits: LambdaLimits,
    private readonly writeLog: WriteLog,
  ) {}

  /** @throws AwsError `TooManyRequestsException` when as many are at work as may be */
  async invoke(lambda: LambdaFunction, event: InvocationEvent): Promise<InvocationEnd> {
    if (this.isClosed) throw new AwsError('ServiceException', 'The endpoint is closing.', 500);
    if (this.working.size >= this.limits.concurrency)
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    const instance = this.take(lambda) ?? FunctionInstance.start(lambda, this.limits, this.writeLog);
    this.working.add(instance);
    try {
      return await instance.invoke(event);
    } finally {
      this.working.delete(instance);
      this.give(instance);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const all = [...this.working, ...[...this.idle.values()].flat().map(({ instance }) => instance)];
    for (const { leaving } of [...this.idle.values()].flat()) clearTimeout(leaving);
    this.idle.clear();
    await Promise.all(all.map((instance) => instance.kill()));
  }

  private take({ name, revision }: LambdaFunction): FunctionInstance | undefined {
    const waiting = this.idle.get(name) ?? [];
    for (;;) {
      const next = waiting.pop();
      if (next === undefined) return undefined;
      clearTimeout(next.leaving);
      if (next.instance.isAlive && next.instance.lambda.revision === revision) return next.instance;
      void next.instance.kill();
    }
  }

  private give(instance: FunctionInstance): void {
    if (!instance.isAlive || this.isClosed) return;
    const { name } = instance.lambda;
    const waiting = this.idle.get(name) ?? [];
    const leaving = setTimeout(() => {
      this.idle.set(
        name,
        (this.idle.get(name) ?? []).filter((each) => each.instance !== instance),
      );
      void instance.kill();
    }, this.limits.idleMs).unref();
    this.idle.set(name, [...waiting, { instance, leaving }]);
  }
}
