import type { StreamTable } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import type { TableName } from '../../domain/shared/table-name.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { translateFailure } from './clickhouse-errors.js';

const COMMENT = 'Penstock copies a stream into this table, connector ';

/** The table's comment: by it, a table whose request died half-way is told from a stranger's. */
export function tableComment(connectorId: string): string {
  return COMMENT + connectorId;
}

interface CatalogRow {
  readonly uuid: string;
  readonly statement: string;
  readonly comment: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

// One statement, so that a table is never seen with another one's columns.
const FIND = `
  SELECT toString(t.uuid) AS uuid, t.create_table_query AS statement, t.comment AS comment,
         c.names AS names, c.types AS types
  FROM system.tables AS t
  CROSS JOIN (
    SELECT groupArray(name) AS names, groupArray(type) AS types
    FROM (
      SELECT name, type FROM system.columns
      WHERE database = {database: String} AND table = {table: String} AND default_kind IN ('', 'DEFAULT')
      ORDER BY position
    )
  ) AS c
  WHERE t.database = {database: String} AND t.name = {table: String}`;

/** What ClickHouse knows of tables. */
export class TableCatalog {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly timeoutMs: number,
  ) {}

  async find({ database, table }: TableName): Promise<StreamTable | undefined> {
    try {
      const client = await this.connection.client();
      const result = await client.query({
        query: FIND,
        query_params: { database, table },
        format: 'JSONEachRow',
        abort_signal: AbortSignal.timeout(this.timeoutMs),
      });
      const [row] = await result.json<CatalogRow>();
      return row && streamTable(row);
    } catch (cause) {
      throw translateFailure(cause, 'a look at a table');
    }
  }
}

function streamTable({ uuid, statement, comment, names, types }: CatalogRow): StreamTable {
  const columns: Column[] = names.map((name, index) => ({ name, type: types[index] ?? '' }));
  const connectorId = comment.startsWith(COMMENT) ? comment.slice(COMMENT.length) : undefined;
  return { uuid, statement, columns, ...(connectorId === undefined ? {} : { connectorId }) };
}
