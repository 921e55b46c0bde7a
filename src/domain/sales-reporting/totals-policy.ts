/** What the service does about totals by itself. */
export abstract class TotalsPolicy {
  /** Begins to keep them for a table that is reported on, or whose partitions it makes. */
  abstract readonly keepTotals: boolean;
  /** Makes its own tables first, where a command is the first thing that ever runs on a database. */
  abstract readonly migrates: boolean;
}
