import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import type { ConnectorChange, Connectors } from '../../domain/ports/connectors.port.js';
import type { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import type { StreamTable, StreamTables } from '../../domain/ports/stream-tables.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';

/** What a connector is made of: its record, its table, its leases. */
export class ConnectorPorts {
  constructor(
    readonly connectors: Connectors,
    readonly tables: StreamTables,
    readonly leases: ShardLeases,
  ) {}
}

// The steps that bring a connector into the world and out of it. Each can be repeated from any point at which a process
// may have died, by the request itself or by a worker that finds the connector half made.

export interface MadeConnector {
  readonly connector: Connector;
  readonly table: StreamTable;
}

/** The request that records a connector finishes it within seconds; after this it is taken for dead. */
export const CREATION_GRACE_MS = 60_000;
const MAX_TRIES = 5;

/** What a worker does about a connector that is `creating` or `removing`: brings it to its end, if nobody else does. */
export async function tidyConnector(ports: ConnectorPorts, connector: Connector, nowMs: number): Promise<void> {
  if (connector.state === 'removing') return finishRemoval(ports, connector);
  if (connector.state !== 'creating' || nowMs - connector.createdAtMs < CREATION_GRACE_MS) return;
  try {
    await finishCreation(ports, connector);
  } catch (cause) {
    // A table that cannot be made will not be; only an engine that is away is worth another look.
    if (!(cause instanceof PenstockError) || cause.kind === 'unavailable') throw cause;
    await undoCreation(ports, connector);
  }
}

/**
 * Makes the table of a connector that is `creating`, unless it is there, and sets the connector running, or paused.
 *
 * @throws PenstockError `table.exists` when the name belongs to another table, `connector.conflict` when the creation was
 * given up meanwhile, and what the warehouse refuses
 */
export async function finishCreation(ports: ConnectorPorts, connector: Connector): Promise<MadeConnector> {
  const table = await ensureTable(ports.tables, connector);
  const state = connector.startsPaused ? 'paused' : 'running';
  const change = { state, tableUuid: table.uuid, columns: table.columns } as const;
  try {
    return { connector: await ports.connectors.change(connector, change), table };
  } catch (cause) {
    if (!hasCode(cause, 'connector.conflict', 'connector.unknown')) throw cause;
    return { connector: await settleRace(ports, connector, cause), table };
  }
}

/** Takes back all that was made for a connector that is still `creating`; nobody has been told that it exists. */
export async function undoCreation(ports: ConnectorPorts, { id }: Connector): Promise<void> {
  const given = await changeConnector(ports.connectors, id, ({ state }) =>
    state === 'creating' ? { state: 'removing' } : undefined,
  );
  if (given?.state === 'removing') await finishRemoval(ports, given);
}

/**
 * Removes what is left of a connector that is `removing`. Its table stays, unless the connector never came to use it.
 * Somebody else may have finished meanwhile, and a connector with the same id may have been made anew.
 */
export async function finishRemoval(ports: ConnectorPorts, connector: Connector): Promise<void> {
  const now = await findConnector(ports.connectors, connector.id);
  if (now?.createdAtMs !== connector.createdAtMs) return;
  if (connector.tableUuid === undefined) await dropOwnTable(ports.tables, connector);
  const leases = await ports.leases.list(connector.id);
  const shardIds = leases.map(({ shardId }) => shardId);
  if (shardIds.length > 0) await ports.leases.remove(connector.id, shardIds);
  await ports.connectors.remove(connector);
}

/**
 * Changes a connector, whatever others change meanwhile; `decide` sees it as it is now, and may leave it so.
 *
 * @returns the connector as it is then; undefined when it is gone
 * @throws PenstockError what `decide` throws; `connector.conflict` when others are faster again and again
 */
export async function changeConnector(
  connectors: Connectors,
  id: string,
  decide: (now: Connector) => ConnectorChange | undefined,
): Promise<Connector | undefined> {
  for (let tries = 1; ; tries += 1) {
    const now = await findConnector(connectors, id);
    const change = now && decide(now);
    if (now === undefined || change === undefined) return now;
    try {
      return await connectors.change(now, change);
    } catch (cause) {
      // Gone counts as changed: the next look finds out.
      if (!hasCode(cause, 'connector.conflict', 'connector.unknown') || tries === MAX_TRIES) throw cause;
    }
  }
}

export async function findConnector(connectors: Connectors, id: string): Promise<Connector | undefined> {
  try {
    return await connectors.get(id);
  } catch (cause) {
    if (hasCode(cause, 'connector.unknown')) return undefined;
    throw cause;
  }
}

async function ensureTable(tables: StreamTables, connector: Connector): Promise<StreamTable> {
  const { id: connectorId, target: name, columns, orderBy } = connector;
  const found = await tables.find(name);
  if (found !== undefined) return ownTable(connector, found);
  try {
    return await tables.create({ name, columns, orderBy, connectorId });
  } catch (cause) {
    // Somebody was faster: a stranger, or whoever else finishes this very connector.
    const now = hasCode(cause, 'table.exists') ? await tables.find(name) : undefined;
    if (now === undefined) throw cause;
    return ownTable(connector, now);
  }
}

/** The change was refused: somebody else has finished the creation, or has given it up. */
async function settleRace(ports: ConnectorPorts, connector: Connector, cause: unknown): Promise<Connector> {
  const now = await findConnector(ports.connectors, connector.id);
  if (now?.tableUuid !== undefined) return now;
  // One that was there before the connector stays, with its rows.
  if (connector.tableUuid === undefined) await dropOwnTable(ports.tables, connector);
  throw new PenstockError('connector.conflict', 'The creation was given up meanwhile.', { cause });
}

async function dropOwnTable(tables: StreamTables, { id, target }: Connector): Promise<void> {
  const table = await tables.find(target);
  if (table?.connectorId === id) await tables.drop(target, table.uuid);
}

function ownTable({ id, target }: Connector, table: StreamTable): StreamTable {
  if (table.connectorId === id) return table;
  const by = table.connectorId === undefined ? '' : ` It was made for the connector "${table.connectorId}".`;
  throw new PenstockError('table.exists', `There is a table "${target.database}.${target.table}" already.${by}`);
}

export function hasCode(cause: unknown, ...codes: readonly ErrorCode[]): boolean {
  return cause instanceof PenstockError && codes.includes(cause.code);
}
