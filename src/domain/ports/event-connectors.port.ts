import type { DomainConfig } from '../event-pipelines/domain-config.js';
import type { TableName } from '../shared/table-name.js';
import type { ConnectorState } from '../stream-onboarding/connector.js';

/** An event type whose events land in their table. */
export interface EventConnector {
  readonly eventType: string;
  readonly connectorId: string;
  readonly streamName: string;
  readonly table: TableName;
  /** Of its schema in the registry. */
  readonly schemaId: number;
  readonly schemaVersion: number;
  readonly isNew: boolean;
  /** Columns that a table which was there did not have yet. */
  readonly addedColumns: readonly string[];
}

/** How the copying of one event type is doing. */
export interface EventConnectorState {
  readonly eventType: string;
  readonly streamName: string;
  readonly table: TableName;
  /** Unset with all that follows `deadLetters`: the event type is not deployed. */
  readonly connectorId?: string;
  /** `absent`: not deployed. */
  readonly state: ConnectorState | 'absent';
  readonly rows: number;
  /** Events that were published again, and left out. */
  readonly duplicates: number;
  readonly deadLetters: number;
  readonly lagRecords?: number;
  readonly lagMs?: number;
  /** The latest event time of the shard that is furthest behind, milliseconds since the epoch. */
  readonly watermarkMs?: number;
  /** How far that is behind the clock. */
  readonly watermarkDelayMs?: number;
  /** Why at least one shard does not advance. */
  readonly stalled?: string;
}

/**
 * The tables of a domain's event types, and the connectors that keep them up to date from the streams: the part of
 * stream-onboarding that deploys of domains ask for.
 *
 * @throws PenstockError what registry, stream, store and warehouse refuse
 */
export abstract class EventConnectors {
  /**
   * Registers the event type's schema, makes its stream, database and table unless they are there, and has a connector
   * copy the one into the other, from the oldest record on. A schema that has evolved adds its columns, then the events
   * are read by it. Safe to repeat, also after it was cut off, and by several at once.
   *
   * @param isPaused of a connector that is made: it does not copy before it is resumed
   * @param eventType one of the domain's
   * @throws `schema.incompatible`, `table.exists` (a stranger's), `table.unsuitable` (a column has another type)
   */
  abstract ensure(domain: DomainConfig, eventType: string, isPaused?: boolean): Promise<EventConnector>;

  /**
   * Ends copying for all event types of the domain, also those that its file no longer has; inserts in flight come to
   * their end first. Tables and events stay, and the next `ensure` goes on with them: what they have already is left out.
   *
   * @returns ids of the connectors removed
   */
  abstract remove(domain: DomainConfig): Promise<string[]>;

  /** Every event type of the domain, also those deployed that its file no longer has. */
  abstract states(domain: DomainConfig): Promise<EventConnectorState[]>;
}
