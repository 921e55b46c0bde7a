import { describe, expect, it } from 'vitest';
import { PrometheusMetrics } from '../../../src/infrastructure/metrics/prometheus-metrics.js';

describe('PrometheusMetrics', () => {
  it('counts, sets, adds and observes', async () => {
    const metrics = new PrometheusMetrics();
    metrics.count('http_problems_total', { code: 'a' });
    metrics.count('http_problems_total', { code: 'a' }, 2);
    metrics.set('penstock_engine_up', { engine: 'clickhouse' }, 1);
    metrics.add('http_requests_in_flight', {}, 3);
    metrics.add('http_requests_in_flight', {}, -1);
    metrics.observe('http_request_duration_seconds', { method: 'GET', route: '/', status: '200' }, 0.2);
    const text = await metrics.exposition();
    expect(text).toContain('http_problems_total{code="a"} 3');
    expect(text).toContain('penstock_engine_up{engine="clickhouse"} 1');
    expect(text).toContain('http_requests_in_flight 2');
    expect(text).toContain('http_request_duration_seconds_bucket{le="0.25",method="GET",route="/",status="200"} 1');
  });

  it('keeps two services of one process apart', async () => {
    new PrometheusMetrics().count('http_problems_total', { code: 'a' });
    expect(await new PrometheusMetrics().exposition()).not.toContain('code="a"');
  });

  it('counts as "other" what would grow without end, and goes on with what it knows', async () => {
    const metrics = new PrometheusMetrics();
    for (let i = 0; i < 5000; i += 1) metrics.count('http_problems_total', { code: `c${i}` });
    metrics.count('http_problems_total', { code: 'c7' });
    const text = await metrics.exposition();
    expect(text.match(/^http_problems_total\{/gm)).toHaveLength(1001);
    expect(text).toContain('http_problems_total{code="other"} 4000');
    expect(text).toContain('http_problems_total{code="c7"} 2');
  });
});
