import type { Metrics } from '../../src/domain/ports/metrics.port.js';

/** Counters, to look at: by name and labels. */
export class CountedMetrics implements Metrics {
  private readonly counts = new Map<string, number>();

  count(name: string, labels: Readonly<Record<string, string>>, by = 1): void {
    const key = [name, ...Object.values(labels)].join(' ');
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }

  of(...words: string[]): number {
    return this.counts.get(words.join(' ')) ?? 0;
  }

  add(): void {}
  set(): void {}
  observe(): void {}

  async exposition(): Promise<string> {
    return '';
  }
}
