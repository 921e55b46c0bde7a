import type { StatementRows } from '../workflow-gateway/guarded-statement.js';
import type { TableReference } from '../workflow-gateway/table-reference.js';

/** One table of a description: the name it was asked by, and its schema as the text of a JSON object. */
export interface DescribedTable {
  readonly asked: string;
  /** `table_name`, `schema_name`, `kind`, `comment`, `estimated_rows`, `columns`, keys and partitions. */
  readonly schema: string;
}

export interface TableDescriptions {
  readonly tables: readonly DescribedTable[];
  /** As they were asked for. A table the reading role may not see is one of them. */
  readonly unknown: readonly string[];
  /** Changes when, and only when, one of the schemas does. */
  readonly version: string;
}

export interface SampleRequest {
  readonly tables: readonly TableReference[];
  /** Of each table. */
  readonly limit: number;
  /** The same seed on unchanged tables gives the same rows; undefined: others every time. */
  readonly seed?: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `all`: every row was a candidate. `pages`: rows of random pages. `first`: whatever comes first, as of a view. */
export type SampleMethod = 'all' | 'pages' | 'first';

export interface TableSample extends Pick<StatementRows, 'columns' | 'rows' | 'isTruncated'> {
  readonly asked: string;
  readonly method: SampleMethod;
}

export interface TableSamples {
  readonly tables: readonly TableSample[];
  readonly unknown: readonly string[];
}

/**
 * What tables the warehouse has, and what their rows look like, with the rights of the reading role: the service's own
 * records and the engine's are unknown tables. Every adapter passes test/contracts/warehouse-catalog.contract.ts.
 *
 * @throws PenstockError `guard.missing`, `query.timeout`, `query.cancelled`, `database.unreachable`
 */
export abstract class WarehouseCatalog {
  /** Schemas of many tables in one round trip, as they are once the call begins: never those before a committed change. */
  abstract describe(tables: readonly TableReference[]): Promise<TableDescriptions>;

  /** Rows of many tables without sorting any of them: up to `limit` of each, or all there are. */
  abstract sample(request: SampleRequest): Promise<TableSamples>;
}
