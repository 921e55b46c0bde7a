import type { Connector } from '../stream-onboarding/connector.js';

export interface ConnectorChange {
  readonly state?: Connector['state'];
  readonly tableUuid?: string;
  readonly columns?: Connector['columns'];
  readonly events?: NonNullable<Connector['events']>;
}

/**
 * What is copied where: the record of all connectors, and the `stream_table_map` of (stream ARN, table UUID) that other
 * programs read. Strongly consistent; every adapter passes test/contracts/connectors.contract.ts.
 *
 * @throws PenstockError `store.unreachable`
 */
export abstract class Connectors {
  /** Records a new connector. @throws `connector.exists` when the id is taken. */
  abstract create(connector: Connector): Promise<void>;

  /** @throws `connector.unknown` */
  abstract get(id: string): Promise<Connector>;

  /** All connectors, oldest first. */
  abstract list(): Promise<Connector[]>;

  /**
   * Applies a change to exactly the revision given and returns the next one. Once it has a
   * `tableUuid`, the pair (stream ARN, table UUID) stands in `stream_table_map` as well.
   *
   * @throws `connector.conflict` when somebody else changed it first, `connector.unknown`
   */
  abstract change(connector: Connector, change: ConnectorChange): Promise<Connector>;

  /**
   * Removes the connector and its pair in `stream_table_map`; removing an unknown one is not an error. One that was made
   * at another time under the same id is another one, and stays.
   */
  abstract remove(connector: Connector): Promise<void>;
}
