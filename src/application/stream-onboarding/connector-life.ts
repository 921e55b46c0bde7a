import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import { type ConnectorChange, Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { type StreamTable, StreamTables } from '../../domain/ports/stream-tables.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';

export interface MadeConnector {
  readonly connector: Connector;
  readonly table: StreamTable;
}

const MAX_TRIES = 5;

/**
 * The steps that bring a connector into the world and out of it. Each can be repeated from any point at which a process
 * may have died, by the request itself or by a worker that finds the connector half made.
 */
export class ConnectorLife {
  constructor(
    private readonly connectors: Connectors,
    private readonly tables: StreamTables,
    private readonly leases: ShardLeases,
  ) {}

  /**
   * Makes the table of a connector that is `creating`, unless it is there, and sets the connector running.
   *
   * @throws PenstockError `table.exists` when the name belongs to another table, `connector.conflict` when the creation was
   * given up meanwhile, and what the warehouse refuses
   */
  async finishCreation(connector: Connector): Promise<MadeConnector> {
    const table = await this.ensureTable(connector);
    const change = { state: 'running', tableUuid: table.uuid, columns: table.columns } as const;
    try {
      return { connector: await this.connectors.change(connector, change), table };
    } catch (cause) {
      if (!hasCode(cause, 'connector.conflict', 'connector.unknown')) throw cause;
      return { connector: await this.settleRace(connector, cause), table };
    }
  }

  /** Takes back all that was made for a connector; nobody has been told that it exists. */
  async undoCreation(connector: Connector): Promise<void> {
    const given = await this.change(connector.id, (now) => (now.state === 'creating' ? { state: 'removing' } : undefined));
    if (given?.state === 'removing') await this.finishRemoval(given);
  }

  /** Removes what is left of a connector that is `removing`. The table stays, unless the connector never came to use it. */
  async finishRemoval(connector: Connector): Promise<void> {
    if (connector.tableUuid === undefined) await this.dropOwnTable(connector);
    const leases = await this.leases.list(connector.id);
    const shardIds = leases.map(({ shardId }) => shardId);
    if (shardIds.length > 0) await this.leases.remove(connector.id, shardIds);
    await this.connectors.remove(connector);
  }

  /**
   * Changes a connector, whatever others change meanwhile; `decide` sees it as it is now, and may leave it so.
   *
   * @returns the connector as it is then; undefined when it is gone
   * @throws PenstockError what `decide` throws; `connector.conflict` when others are faster again and again
   */
  async change(
    id: string,
    decide: (now: Connector) => ConnectorChange | undefined,
  ): Promise<Connector | undefined> {
    for (let tries = 1; ; tries += 1) {
      const now = await this.find(id);
      const change = now && decide(now);
      if (now === undefined || change === undefined) return now;
      try {
        return await this.connectors.change(now, change);
      } catch (cause) {
        // Gone counts as changed: the next look finds out.
        if (!hasCode(cause, 'connector.conflict', 'connector.unknown') || tries === MAX_TRIES) throw cause;
      }
    }
  }

  async find(id: string): Promise<Connector | undefined> {
    try {
      return await this.connectors.get(id);
    } catch (cause) {
      if (hasCode(cause, 'connector.unknown')) return undefined;
      throw cause;
    }
  }

  private async ensureTable(connector: Connector): Promise<StreamTable> {
    const { id: connectorId, target: name, columns, orderBy } = connector;
    const found = await this.tables.find(name);
    if (found !== undefined) return ownTable(connector, found);
    try {
      return await this.tables.create({ name, columns, orderBy, connectorId });
    } catch (cause) {
      // Somebody was faster: a stranger, or whoever else finishes this very connector.
      const now = hasCode(cause, 'table.exists') ? await this.tables.find(name) : undefined;
      if (now === undefined) throw cause;
      return ownTable(connector, now);
    }
  }

  /** The change was refused: somebody else has finished the creation, or has given it up. */
  private async settleRace(connector: Connector, cause: unknown): Promise<Connector> {
    const now = await this.find(connector.id);
    if (now?.tableUuid !== undefined) return now;
    await this.dropOwnTable(connector);
    throw new PenstockError('connector.conflict', 'The creation was given up meanwhile.', { cause });
  }

  private async dropOwnTable({ id, target }: Connector): Promise<void> {
    const table = await this.tables.find(target);
    if (table?.connectorId === id) await this.tables.drop(target, table.uuid);
  }
}

function ownTable({ id, target }: Connector, table: StreamTable): StreamTable {
  if (table.connectorId === id) return table;
  const by = table.connectorId === undefined ? '' : ` It was made for the connector "${table.connectorId}".`;
  throw new PenstockError('table.exists', `There is a table "${target.database}.${target.table}" already.${by}`);
}

export function hasCode(cause: unknown, ...codes: readonly ErrorCode[]): boolean {
  return cause instanceof PenstockError && codes.includes(cause.code);
}
