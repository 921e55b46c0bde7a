/** A warehouse table, by database and name; never escaped, never interpolated: adapters quote it. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}
