import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Metrics } from '../../domain/ports/metrics.port.js';
import {
  type InsertReceipt,
  type InsertRows,
  type Row,
  WarehouseEngines,
} from '../../domain/ports/warehouse-tables.port.js';
import { dwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import type { WarehouseEngine } from '../../domain/warehouse-loading/warehouse-engine.js';

/** Rows to load, read once; and where to. */
export interface RowsToLoad {
  /** By its name in routes or in the warehouse. */
  readonly table: string;
  readonly rows: AsyncIterable<unknown>;
  readonly engine: WarehouseEngine;
}

/** Load rows into one of the warehouse tables: all of them, or none. */
export class LoadRowsCommand extends Command<InsertReceipt> {
  constructor(
    readonly load: RowsToLoad,
    readonly options: InsertRows,
  ) {
    super();
  }
}

@CommandHandler(LoadRowsCommand)
export class LoadRowsHandler implements ICommandHandler<LoadRowsCommand> {
  constructor(
    private readonly engines: WarehouseEngines,
    private readonly metrics: Metrics,
  ) {}

  async execute({ load: { table: name, rows, engine }, options }: LoadRowsCommand): Promise<InsertReceipt> {
    const { table } = dwhTable(name);
    this.metrics.add('penstock_loads_in_progress', { engine }, 1);
    try {
      // What is no row, the adapter refuses: it looks at every one of them anyway.
      const receipt = await this.engines.of(engine).insert(table, rows as AsyncIterable<Row>, options);
      this.metrics.count('penstock_loaded_rows_total', { engine, table }, receipt.count);
      return receipt;
    } finally {
      this.metrics.add('penstock_loads_in_progress', { engine }, -1);
    }
  }
}
