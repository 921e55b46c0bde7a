import type { TableName } from '../shared/table-name.js';
import type { EventKey } from '../stream-onboarding/event-format.js';

export interface EventLookup {
  readonly table: TableName;
  /** Columns of id and time. */
  readonly idField: string;
  readonly timeField: string;
  readonly events: readonly EventKey[];
  /** Rows of this insert are left aside, so that an insert that is repeated finds what it found the first time. */
  readonly exceptBatch: string;
}

/**
 * What tables of events need besides those of streams. Every adapter passes test/contracts/event-tables.contract.ts.
 *
 * @throws PenstockError `warehouse.unreachable`, `warehouse.refused`, `table.unknown`
 */
export abstract class EventTables {
  /** Makes the database, unless it is there. */
  abstract ensureDatabase(name: string): Promise<void>;

  /**
   * Which of the events are in the table, brought by other inserts. Ids and times are compared exactly: an event with
   * another time is another event.
   *
   * @returns their `eventKeyText`s
   */
  abstract stored(lookup: EventLookup, signal: AbortSignal): Promise<Set<string>>;
}
