import type { Metrics } from '../../domain/ports/metrics.port.js';

/** For processes that nobody can scrape, such as a command: counting would only cost them their start-up time. */
export class UnobservedMetrics implements Metrics {
  count(): void {}

  add(): void {}

  set(): void {}

  observe(): void {}

  async exposition(): Promise<string> {
    return '';
  }
}
