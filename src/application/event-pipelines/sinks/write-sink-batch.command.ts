import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import type { SinkEngine } from '../../../domain/event-pipelines/sink-schema.js';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Metrics } from '../../../domain/ports/metrics.port.js';
import {
  MAX_BATCH_ROWS,
  type SinkBatch,
  type SinkRow,
  WarehouseSinks,
} from '../../../domain/ports/warehouse-sink.port.js';

/** Write a batch of rows, once for each id; answers how many rows it has. */
export class WriteSinkBatchCommand extends Command<number> {
  constructor(
    readonly engine: SinkEngine,
    readonly rows: readonly SinkRow[],
    readonly batch: SinkBatch,
  ) {
    super();
  }
}

@CommandHandler(WriteSinkBatchCommand)
export class WriteSinkBatchHandler implements ICommandHandler<WriteSinkBatchCommand> {
  constructor(
    private readonly sinks: WarehouseSinks,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async execute({ engine: sink, rows, batch }: WriteSinkBatchCommand): Promise<number> {
    if (rows.length > MAX_BATCH_ROWS) {
      throw new PenstockError('request.too-large', `A batch has at most ${MAX_BATCH_ROWS} rows.`);
    }
    const { metrics, clock } = this;
    const labels = { sink, table: batch.table };
    const startMs = clock.nowMs();
    try {
      const written = await this.sinks.of(sink).writeBatch(rows, batch);
      metrics.count('sink_writes_total', { ...labels, status: 'success' });
      metrics.count('sink_rows_total', labels, written);
      metrics.observe('sink_latency_seconds', labels, (clock.nowMs() - startMs) / 1000);
      metrics.observe('penstock_sink_batch_rows', { sink }, written);
      return written;
    } catch (cause) {
      metrics.count('sink_writes_total', { ...labels, status: 'error' });
      throw cause;
    }
  }
}
