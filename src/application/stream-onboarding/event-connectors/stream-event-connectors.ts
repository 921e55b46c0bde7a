import { PenstockError } from '../../../domain/errors.js';
import type { AvroRecordSchema } from '../../../domain/event-pipelines/avro-schema.js';
import { type DomainConfig, streamNameOf, subjectOf } from '../../../domain/event-pipelines/domain-config.js';
import { EVENT_TABLE_ORDER, eventTableColumns, eventTableOf } from '../../../domain/event-pipelines/event-table.js';
import { generateEventSchema } from '../../../domain/event-pipelines/generate-event-schema.js';
import type { Clock } from '../../../domain/ports/clock.port.js';
import type {
  EventConnector,
  EventConnectors,
  EventConnectorState,
} from '../../../domain/ports/event-connectors.port.js';
import type { EventTables } from '../../../domain/ports/event-tables.port.js';
import type { SchemaRegistry } from '../../../domain/ports/schema-registry.port.js';
import type { StreamSink } from '../../../domain/ports/stream-sink.port.js';
import type { StreamSource } from '../../../domain/ports/stream-source.port.js';
import type { Column } from '../../../domain/shared/column.js';
import type { TableName } from '../../../domain/shared/table-name.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { isSameFormat } from '../../../domain/stream-onboarding/event-format.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';
import {
  changeConnector,
  type ConnectorPorts,
  findConnector,
  finishCreation,
  finishRemoval,
  hasCode,
  undoCreation,
} from '../connector-life.js';
import { switchConnector } from '../switch-connector.js';
import { eventConnectorId, eventFormat, eventTypeOf } from './event-connector.js';
import { eventConnectorState } from './event-connector-state.js';
import { checkedAdditions } from './event-table-changes.js';

/** What is to be: the columns and format of an event type's table. */
interface Wanted {
  readonly id: string;
  readonly streamName: string;
  readonly table: TableName;
  readonly columns: readonly Column[];
  readonly readerSchema: string;
}

/** How long workers are waited for that are to let go of a shard: those that died will not. */
const PATIENCE_MS = 15_000;
const POLL_MS = 200;
const MAX_TRIES = 5;

export interface EventConnectorPorts extends ConnectorPorts {
  readonly events: EventTables;
  readonly registry: SchemaRegistry;
  readonly source: StreamSource;
  readonly sink: StreamSink;
  readonly clock: Clock;
}

/** Event types as connectors: one for each, with an id that its table decides. */
export class StreamEventConnectors implements EventConnectors {
  constructor(private readonly ports: EventConnectorPorts) {}

  async ensure(domain: DomainConfig, eventType: string, isPaused = false): Promise<EventConnector> {
    const schema = schemaOf(domain, eventType);
    const readerSchema = JSON.stringify(schema);
    const version = await this.ports.registry.register(subjectOf(domain, eventType), readerSchema);
    const streamName = streamNameOf(domain, eventType);
    const table = eventTableOf(domain, eventType);
    await this.ports.sink.ensure(streamName, domain.stream.shards);
    await this.ports.events.ensureDatabase(table.database);
    const columns = eventTableColumns(schema);
    const wanted: Wanted = { id: eventConnectorId(table), streamName, table, columns, readerSchema };
    const addedColumns = await this.widen(wanted);
    const isNew = await this.connect(wanted, isPaused);
    return {
      eventType,
      connectorId: wanted.id,
      streamName,
      table,
      schemaId: version.id,
      schemaVersion: version.version,
      isNew,
      addedColumns,
    };
  }

  async remove(domain: DomainConfig): Promise<string[]> {
    const ids = (await this.of(domain)).map(({ connector }) => connector.id);
    for (const id of ids) await this.removeOne(id);
    return ids;
  }

  async states(domain: DomainConfig): Promise<EventConnectorState[]> {
    const connectors = new Map((await this.of(domain)).map(({ connector, eventType }) => [eventType, connector]));
    const names = new Set([...domain.eventTypes.map(({ name }) => name), ...connectors.keys()]);
    return Promise.all(
      [...names].map(async (eventType) => {
        const connector = connectors.get(eventType);
        const leases = connector === undefined ? [] : await this.ports.leases.list(connector.id);
        return eventConnectorState(
          domain,
          eventType,
          connector && { connector, leases, nowMs: this.ports.clock.nowMs() },
        );
      }),
    );
  }

  private async of(domain: DomainConfig): Promise<{ connector: Connector; eventType: string }[]> {
    return (await this.ports.connectors.list()).flatMap((connector) => {
      const eventType = eventTypeOf(domain, connector);
      return eventType === undefined ? [] : [{ connector, eventType }];
    });
  }

  /** Before the connector: it must not read by a schema whose columns are not there yet. */
  private async widen({ table, columns }: Wanted): Promise<string[]> {
    const found = await this.ports.tables.find(table);
    if (found === undefined) return [];
    const additions = checkedAdditions(table, found.columns, columns);
    await this.ports.tables.addColumns(table, additions);
    return additions.map(({ name }) => name);
  }

  /** @returns whether the connector is new */
  private async connect(wanted: Wanted, isPaused: boolean): Promise<boolean> {
    const { connectors } = this.ports;
    for (let tries = 1; ; tries += 1) {
      const found = await findConnector(connectors, wanted.id);
      if (found?.state === 'removing') await finishRemoval(this.ports, found);
      else if (found?.state === 'creating') await finishCreation(this.ports, found);
      else if (found !== undefined) {
        await this.bringUpToDate(found, wanted);
        return false;
      } else if (await this.create(wanted, isPaused)) return true;
      if (tries === MAX_TRIES) throw new PenstockError('connector.conflict', 'Others change the connector meanwhile.');
    }
  }

  private async bringUpToDate({ id }: Connector, { table, readerSchema }: Wanted): Promise<void> {
    const columns = (await this.ports.tables.find(table))?.columns;
    if (columns === undefined) {
      const message = `The table of the connector "${id}" is gone: remove the connector, and deploy again.`;
      throw new PenstockError('table.unknown', message);
    }
    const copied = await this.ports.leases.list(id);
    const events = eventFormat(readerSchema);
    let isChanged = false;
    await changeConnector(this.ports.connectors, id, (now) => {
      isChanged = !isSameFormat(now.events, events);
      return isChanged ? { columns, events } : undefined;
    });
    if (isChanged) await this.settle(id, copied);
  }

  /** Until whoever copied by the former schema has let go, so that no event published from now on is read by it. */
  private async settle(id: string, before: readonly Lease[]): Promise<void> {
    const former = new Map(
      before.filter(({ owner }) => owner !== undefined).map(({ shardId, epoch }) => [shardId, epoch]),
    );
    await this.until(id, ({ shardId, epoch, owner }) => owner === undefined || former.get(shardId) !== epoch);
  }

  /** @returns false when somebody else was faster */
  private async create(wanted: Wanted, isPaused: boolean): Promise<boolean> {
    const { arn } = await this.ports.source.describe(wanted.streamName, 'service');
    const table = await this.ports.tables.find(wanted.table);
    // A table that was there before is not to go when the connector cannot be made: so its id is known from the start.
    const known = table?.connectorId === wanted.id ? { tableUuid: table.uuid } : {};
    const connector = {
      ...draft(wanted, arn, this.ports.clock.nowMs()),
      ...known,
      ...(isPaused && { startsPaused: true }),
    };
    try {
      await this.ports.connectors.create(connector);
    } catch (cause) {
      if (hasCode(cause, 'connector.exists')) return false;
      throw cause;
    }
    try {
      await finishCreation(this.ports, connector);
      return true;
    } catch (cause) {
      await undoCreation(this.ports, connector).catch(() => undefined); // a worker brings it to its end
      throw cause;
    }
  }

  private async removeOne(id: string): Promise<void> {
    const { connectors } = this.ports;
    const found = await findConnector(connectors, id);
    if (found === undefined) return;
    if (found.state === 'running' || found.state === 'paused') {
      await switchConnector(connectors, id, 'paused');
      await this.drain(id);
    }
    const removing = await changeConnector(connectors, id, ({ state }) =>
      state === 'removing' ? undefined : { state: 'removing' },
    );
    if (removing !== undefined) await finishRemoval(this.ports, removing);
  }

  /** Until nobody copies any more: an insert that lands later might bring rows that the next connector brings too. */
  private drain(id: string): Promise<void> {
    return this.until(id, ({ owner }) => owner === undefined);
  }

  /** Until all leases are so, or for as long as it takes to be sure that nobody will make them so. */
  private async until(id: string, isSo: (lease: Lease) => boolean): Promise<void> {
    const { clock, leases } = this.ports;
    const endMs = clock.nowMs() + PATIENCE_MS;
    while (clock.nowMs() < endMs) {
      if ((await leases.list(id)).every(isSo)) return;
      await clock.sleep(POLL_MS);
    }
  }
}

function schemaOf(domain: DomainConfig, name: string): AvroRecordSchema {
  const eventType = domain.eventTypes.find((each) => each.name === name);
  if (eventType !== undefined) return generateEventSchema(eventType, domain.entity, domain.namespace);
  throw new Error(`The domain "${domain.name}" has no event type "${name}".`);
}

function draft({ id, streamName, table, columns, readerSchema }: Wanted, arn: string, nowMs: number): Connector {
  return {
    id,
    streamName,
    streamArn: arn,
    target: table,
    columns,
    orderBy: EVENT_TABLE_ORDER,
    startFrom: 'TRIM_HORIZON',
    // The columns are there before the schema is read by; where one is missing, nothing of an event is to be lost.
    onNewField: 'reject',
    events: eventFormat(readerSchema),
    state: 'creating',
    createdAtMs: nowMs,
    revision: 1,
  };
}
