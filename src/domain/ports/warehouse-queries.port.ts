export interface QueryPage {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as faithful JSON: integers beyond 2^53 and decimals are strings. */
  readonly rows: readonly Record<string, unknown>[];
  /** Rows the whole query has, where the warehouse could tell within its limits. */
  readonly totalRows: number;
}

export interface PagedQuery {
  readonly sql: string;
  readonly offset: number;
  readonly limit: number;
  readonly timeoutMs: number;
}

/** Reading the warehouse, without any right to change it or to reach beyond it. */
export abstract class WarehouseQueries {
  /** Databases a user may care about, with their tables, both in order. @throws `warehouse.unreachable` */
  abstract databases(): Promise<Record<string, string[]>>;

  /**
   * Runs one reading statement with read-only rights (no file, url or remote access either) and answers one page.
   *
   * @throws PenstockError `query.refused` (not a reading statement, or out of bounds), `query.failed` (the warehouse's
   * own words), `query.timeout`, `warehouse.unreachable`
   */
  abstract run(query: PagedQuery): Promise<QueryPage>;
}
