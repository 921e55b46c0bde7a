import type { Clock } from '../../../domain/ports/clock.port.js';
import type { StreamTables } from '../../../domain/ports/stream-tables.port.js';
import type { Column } from '../../../domain/shared/column.js';
import type { TableName } from '../../../domain/shared/table-name.js';

interface Known {
  readonly columns: Promise<readonly Column[] | undefined>;
  readonly readAtMs: number;
}

/** How old columns may be that records are only read for, and not refused by. */
const MAX_AGE_MS = 5000;
const MAX_TABLES = 1000;

/** The columns tables have now: tables are altered, by new fields and by people, while streams are copied into them. */
export class CurrentColumns {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly tables: StreamTables,
    private readonly clock: Clock,
  ) {}

  /**
   * The columns as they are now, or were a moment ago; undefined when there is no table.
   *
   * @throws PenstockError `warehouse.unreachable`
   */
  of(table: TableName): Promise<readonly Column[] | undefined> {
    const known = this.known.get(keyOf(table));
    return known !== undefined && this.clock.nowMs() - known.readAtMs < MAX_AGE_MS ? known.columns : this.read(table);
  }

  /** The columns as they are now. */
  read(table: TableName): Promise<readonly Column[] | undefined> {
    const columns = this.tables.find(table).then((found) => found?.columns);
    if (this.known.size >= MAX_TABLES) this.known.clear();
    this.known.set(keyOf(table), { columns, readAtMs: this.clock.nowMs() });
    columns.catch(() => this.forget(table));
    return columns;
  }

  forget(table: TableName): void {
    this.known.delete(keyOf(table));
  }
}

function keyOf({ database, table }: TableName): string {
  return JSON.stringify([database, table]);
}
