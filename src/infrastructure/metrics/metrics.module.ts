import { type DynamicModule, Module } from '@nestjs/common';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { bind } from '../bind.js';
import { UnobservedMetrics } from './unobserved-metrics.js';

/** Metrics that are counted where they can be read. */
@Module({})
export class MetricsModule {
  static async of(isScraped: boolean): Promise<DynamicModule> {
    const make = isScraped ? await prometheus() : () => new UnobservedMetrics();
    return { module: MetricsModule, global: true, providers: [bind(Metrics, [], make)], exports: [Metrics] };
  }
}

async function prometheus(): Promise<() => Metrics> {
  const { PrometheusMetrics } = await import('./prometheus-metrics.js');
  return () => new PrometheusMetrics();
}
