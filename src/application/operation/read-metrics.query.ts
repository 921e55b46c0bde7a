import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Metrics } from '../../domain/ports/metrics.port.js';

/** Everything counted so far, in the text format of Prometheus. */
export class ReadMetricsQuery extends Query<string> {}

@QueryHandler(ReadMetricsQuery)
export class ReadMetricsHandler implements IQueryHandler<ReadMetricsQuery> {
  constructor(private readonly metrics: Metrics) {}

  execute(): Promise<string> {
    return this.metrics.exposition();
  }
}
