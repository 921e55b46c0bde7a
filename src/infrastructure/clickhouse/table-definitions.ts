import { PenstockError } from '../../domain/errors.js';
import type { StreamTable, TableDefinition } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import { quoteIdentifier } from '../../domain/shared/sql-quoting.js';
import type { TableName } from '../../domain/shared/table-name.js';
import { checkTableDefinition } from '../../domain/stream-onboarding/check-table-definition.js';
import {
  createTableStatement,
  distributedTableStatement,
  quoteTableName,
} from '../../domain/stream-onboarding/create-table-statement.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { definitionFault, exceptionCode, translateFailure } from './clickhouse-errors.js';
import { type TableCatalog, tableComment } from './table-catalog.js';

export interface TableDefinitionsOptions {
  readonly timeoutMs: number;
  readonly cluster: string | undefined;
}

const TABLE_ALREADY_EXISTS = 57;
const UNKNOWN_DATABASE = 81;

/** Makes, alters and drops stream tables; on a cluster each is a distributed table over replicated ones. */
export class TableDefinitions {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly catalog: TableCatalog,
    private readonly options: TableDefinitionsOptions,
  ) {}

  /** @param definition its `comment` stands instead of that of a stream's table */
  async create(definition: TableDefinition & { readonly comment?: string }): Promise<StreamTable> {
    const { name } = definition;
    const statement = await this.createStatements(definition);
    const table = await this.catalog.find(name);
    if (table === undefined) {
      throw new PenstockError('table.unknown', `The table ${name.database}.${name.table} was dropped at once.`);
    }
    return { ...table, statement };
  }

  async addColumns(name: TableName, columns: readonly Column[]): Promise<void> {
    if (columns.length === 0) return;
    checkTableDefinition({ name, columns, orderBy: [] });
    const additions = columns
      .map((column) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(column.name)} ${column.type.trim()}`)
      .join(', ');
    for (const target of this.storedFirst(name)) {
      await this.run(`ALTER TABLE ${quoteTableName(target)}${this.onCluster()} ${additions}`, target);
    }
  }

  async drop(name: TableName, uuid: string): Promise<void> {
    if ((await this.catalog.find(name))?.uuid !== uuid) return;
    for (const target of this.storedFirst(name).toReversed()) {
      await this.run(`DROP TABLE IF EXISTS ${quoteTableName(target)}${this.onCluster()} SYNC`, target);
    }
  }

  /** @returns the statement that stands for the table */
  private async createStatements({
    name,
    connectorId,
    comment = tableComment(connectorId),
    ...rest
  }: TableDefinition & { readonly comment?: string }): Promise<string> {
    const { cluster } = this.options;
    if (cluster === undefined) {
      const statement = createTableStatement({ ...rest, name, comment });
      await this.run(statement, name);
      return statement;
    }
    const local = localName(name);
    await this.run(createTableStatement({ ...rest, name: local, comment, cluster }), local).catch(async (error) => {
      // The request that died after the first of its two statements is finished here.
      if (!isExisting(error) || (await this.catalog.find(local))?.connectorId !== connectorId) throw error;
    });
    const statement = distributedTableStatement({ ...rest, name, comment, cluster }, local);
    await this.run(statement, name);
    return statement;
  }

  private async run(query: string, { database, table }: TableName): Promise<void> {
    try {
      const client = await this.connection.client();
      await client.command({
        query,
        clickhouse_settings: { wait_end_of_query: 1 },
        abort_signal: AbortSignal.timeout(this.options.timeoutMs),
      });
    } catch (cause) {
      const code = exceptionCode(cause);
      if (code === TABLE_ALREADY_EXISTS) {
        throw new PenstockError('table.exists', `There is a table ${database}.${table} already.`);
      }
      if (code === UNKNOWN_DATABASE) {
        throw new PenstockError('database.unknown', `There is no database "${database}".`);
      }
      throw definitionFault(cause) ?? translateFailure(cause, `the definition of ${database}.${table}`);
    }
  }

  /** The tables behind a name, the one that holds the rows first. */
  private storedFirst(name: TableName): readonly TableName[] {
    return this.options.cluster === undefined ? [name] : [localName(name), name];
  }

  private onCluster(): string {
    const { cluster } = this.options;
    return cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
  }
}

/** On a cluster: the table of each server that holds the rows. */
export function localName({ database, table }: TableName): TableName {
  return { database, table: `${table}_local` };
}

function isExisting(error: unknown): boolean {
  return error instanceof PenstockError && error.code === 'table.exists';
}
