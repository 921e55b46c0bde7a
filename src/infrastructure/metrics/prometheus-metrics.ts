import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type MetricDefinition,
  type MetricLabels,
  type MetricName,
  type MetricOf,
  METRICS,
  type Metrics,
} from '../../domain/ports/metrics.port.js';

/** Combinations of label values one metric keeps apart; those that come later are counted together, as `other`. */
const MAX_SERIES = 1000;

/** Metrics for Prometheus to scrape, those of the process included. */
export class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly series = new Map<MetricName, Set<string>>();
  private readonly counters = new Map<MetricName, Counter>();
  private readonly gauges = new Map<MetricName, Gauge>();
  private readonly histograms = new Map<MetricName, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const [name, definition] of Object.entries(METRICS)) this.declare(name as MetricName, definition);
  }

  count<N extends MetricOf<'counter'>>(name: N, labels: MetricLabels<N>, by = 1): void {
    this.counters.get(name)?.inc(this.bounded(name, labels), by);
  }

  add<N extends MetricOf<'gauge'>>(name: N, labels: MetricLabels<N>, by: number): void {
    this.gauges.get(name)?.inc(this.bounded(name, labels), by);
  }

  set<N extends MetricOf<'gauge'>>(name: N, labels: MetricLabels<N>, value: number): void {
    this.gauges.get(name)?.set(this.bounded(name, labels), value);
  }

  observe<N extends MetricOf<'histogram'>>(name: N, labels: MetricLabels<N>, value: number): void {
    this.histograms.get(name)?.observe(this.bounded(name, labels), value);
  }

  exposition(): Promise<string> {
    return this.registry.metrics();
  }

  private declare(name: MetricName, { kind, help, labels, buckets }: MetricDefinition): void {
    const options = { name, help, labelNames: labels, registers: [this.registry] };
    this.series.set(name, new Set());
    if (kind === 'counter') this.counters.set(name, new Counter(options));
    if (kind === 'gauge') this.gauges.set(name, new Gauge(options));
    if (kind === 'histogram') {
      this.histograms.set(name, new Histogram(buckets ? { ...options, buckets: [...buckets] } : options));
    }
  }

  /** A label fed from data by mistake must cost precision, not the memory of the service and of Prometheus. */
  private bounded(name: MetricName, labels: Readonly<Record<string, string>>): Record<string, string> {
    const known = this.series.get(name) ?? new Set();
    const key = Object.values(labels).join('\u0000');
    if (known.has(key)) return labels;
    if (known.size < MAX_SERIES) {
      known.add(key);
      return labels;
    }
    return Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']));
  }
}
