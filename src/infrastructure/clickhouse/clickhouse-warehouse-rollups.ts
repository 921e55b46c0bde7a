import { PenstockError } from '../../domain/errors.js';
import type { MinuteRollup, WarehouseRollups } from '../../domain/ports/warehouse-rollups.port.js';
import type { TableName } from '../../domain/shared/table-name.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { definitionFault, translateFailure } from './clickhouse-errors.js';
import { dropStatements, rollupNames, rollupStatements } from './rollup-statements.js';

export interface WarehouseRollupsOptions {
  readonly statementTimeoutMs: number;
  readonly cluster?: string | undefined;
}

const COMMENT = 'Penstock counts rows per minute here, of table ';

const LOOK = `
  SELECT toString(uuid) AS uuid, comment FROM system.tables
  WHERE database = {database: String} AND name = {table: String}`;

/** Rollups as materialized views: ClickHouse counts with every insert, and repeated inserts are not counted twice. */
export class ClickhouseWarehouseRollups implements WarehouseRollups {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: WarehouseRollupsOptions,
  ) {}

  async ensurePerMinute(rollup: MinuteRollup): Promise<void> {
    const { source } = rollup;
    const found = await this.look(source);
    if (found === undefined) {
      throw new PenstockError('table.unknown', `There is no table ${source.database}.${source.table}.`);
    }
    const comment = COMMENT + found.uuid;
    const { cluster } = this.options;
    const { counts: name } = rollupNames(rollup);
    const counts = await this.look(name);
    if (counts !== undefined && !counts.comment.startsWith(COMMENT)) {
      throw new PenstockError('table.exists', `There is another table ${name.database}.${name.table} already.`);
    }
    // The source was dropped and made anew: what was counted is not in it.
    if (counts !== undefined && counts.comment !== comment) await this.run(dropStatements(rollup, cluster), source);
    await this.run(rollupStatements(rollup, comment, cluster), source);
  }

  private async look({ database, table }: TableName): Promise<{ uuid: string; comment: string } | undefined> {
    try {
      const client = await this.connection.client();
      const result = await client.query({
        query: LOOK,
        query_params: { database, table },
        format: 'JSONEachRow',
        abort_signal: AbortSignal.timeout(this.options.statementTimeoutMs),
      });
      const [row] = await result.json<{ uuid: string; comment: string }>();
      return row;
    } catch (cause) {
      throw translateFailure(cause, 'a look at a table');
    }
  }

  private async run(statements: readonly string[], { database, table }: TableName): Promise<void> {
    try {
      const client = await this.connection.client();
      for (const query of statements) {
        await client.command({
          query,
          clickhouse_settings: { wait_end_of_query: 1 },
          abort_signal: AbortSignal.timeout(this.options.statementTimeoutMs),
        });
      }
    } catch (cause) {
      throw definitionFault(cause) ?? translateFailure(cause, `counting the rows of ${database}.${table}`);
    }
  }
}
