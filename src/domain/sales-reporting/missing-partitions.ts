import type { PartitionRange, TablePartitions } from './import-table.js';
import { monthRange } from './month-range.js';
import type { PartitionFinder } from './partition-finder.js';

/** Partitions made by one import; more than that are wrong dates rather than a long history. */
export const MAX_NEW_PARTITIONS = 600;

/** Monthly partitions that rows of a file ask for, until somebody makes them. */
export class MissingPartitions {
  readonly ranges: Omit<PartitionRange, 'name'>[] = [];
  private asked = 0;

  constructor(
    private readonly partitions: TablePartitions,
    private readonly finder: PartitionFinder,
  ) {}

  /** Asks for the month of a key. @returns whether there will be a partition for it */
  ask(key: number): boolean {
    if (this.partitions.keyType !== 'date' || this.asked === MAX_NEW_PARTITIONS) return false;
    const range = monthRange(key, this.finder.gap(key));
    this.asked += 1;
    this.ranges.push(range);
    this.finder.add(range);
    return true;
  }
}
