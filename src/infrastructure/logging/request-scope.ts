import { AsyncLocalStorage } from 'node:async_hooks';

/** Which request the running code belongs to. For log lines only: commands carry what they need. */
export class RequestScope {
  private readonly ids = new AsyncLocalStorage<string>();

  /** Runs `work`, and everything it starts, as part of the request. */
  run<T>(requestId: string, work: () => T): T {
    return this.ids.run(requestId, work);
  }

  requestId(): string | undefined {
    return this.ids.getStore();
  }
}
