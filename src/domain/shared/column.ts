/** A column of a warehouse table: its name, and its type in the warehouse's own words (`Nullable(Int64)`). */
export interface Column {
  readonly name: string;
  readonly type: string;
}
