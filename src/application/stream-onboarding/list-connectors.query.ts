import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { type ConnectorView, connectorView } from '../../domain/stream-onboarding/connector-view.js';

export interface ConnectorPage {
  readonly connectors: ConnectorView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export const DEFAULT_CONNECTORS_LIMIT = 50;

/** Connectors, oldest first, and how each is doing. */
export class ListConnectorsQuery extends Query<ConnectorPage> {
  constructor(readonly paging: { readonly limit?: number; readonly cursor?: string } = {}) {
    super();
  }
}

@QueryHandler(ListConnectorsQuery)
export class ListConnectorsHandler implements IQueryHandler<ListConnectorsQuery> {
  constructor(
    private readonly connectors: Connectors,
    private readonly leases: ShardLeases,
  ) {}

  async execute({ paging }: ListConnectorsQuery): Promise<ConnectorPage> {
    const { limit = DEFAULT_CONNECTORS_LIMIT, cursor } = paging;
    const after = cursor === undefined ? '' : decodeCursor(cursor);
    const all = await this.connectors.list();
    const rest = all.filter((connector) => placeOf(connector) > after).sort(byPlace);
    const page = rest.slice(0, limit);
    const last = rest.length > limit ? page.at(-1) : undefined;
    const connectors = await Promise.all(
      page.map(async (connector) => connectorView(connector, await this.leases.list(connector.id))),
    );
    return { connectors, ...(last && { next: encodeCursor(placeOf(last)) }) };
  }
}

function byPlace(a: Connector, b: Connector): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

/** Sorts by age; 15 digits of milliseconds last for 30,000 years. */
function placeOf({ createdAtMs, id }: Connector): string {
  return `${String(createdAtMs).padStart(15, '0')}:${id}`;
}
