import type { ConnectorChange } from '../../domain/ports/connectors.port.js';
import type { Column } from '../../domain/shared/column.js';
import type { Connector, ConnectorState, NewFieldPolicy, StartFrom } from '../../domain/stream-onboarding/connector.js';
import type { EventFormat } from '../../domain/stream-onboarding/event-format.js';
import { type Item, number, readNumber, readText, text } from './attributes.js';

/** Of the write that made this revision: by it, a writer knows its own write again when the answer was lost. */
export const WRITE_TOKEN = 'writeToken';

export function connectorItem(connector: Connector): Item {
  return {
    connectorId: text(connector.id),
    streamName: text(connector.streamName),
    streamArn: text(connector.streamArn),
    databaseName: text(connector.target.database),
    tableName: text(connector.target.table),
    orderBy: text(JSON.stringify(connector.orderBy)),
    startFrom: text(JSON.stringify(connector.startFrom)),
    onNewField: text(connector.onNewField),
    createdAtMs: number(connector.createdAtMs),
    revision: number(connector.revision),
    ...(connector.startsPaused ? { startsPaused: { BOOL: true } } : {}),
    ...changedAttributes(connector),
  };
}

export function changedAttributes({ state, tableUuid, columns, events }: ConnectorChange): Item {
  return {
    ...(state === undefined ? {} : { state: text(state) }),
    ...(tableUuid === undefined ? {} : { tableUuid: text(tableUuid) }),
    ...(columns === undefined ? {} : { schema: text(JSON.stringify(columns)) }),
    ...(events === undefined ? {} : { events: text(JSON.stringify(events)) }),
  };
}

/** Items are only written from connectors, so that what stands in them has the types of a connector. */
export function fromConnectorItem(item: Item): Connector {
  const tableUuid = item['tableUuid']?.S;
  const events = item['events']?.S;
  return {
    id: readText(item, 'connectorId'),
    streamName: readText(item, 'streamName'),
    streamArn: readText(item, 'streamArn'),
    target: { database: readText(item, 'databaseName'), table: readText(item, 'tableName') },
    ...(tableUuid === undefined ? {} : { tableUuid }),
    columns: JSON.parse(readText(item, 'schema')) as Column[],
    orderBy: JSON.parse(readText(item, 'orderBy')) as string[],
    startFrom: JSON.parse(readText(item, 'startFrom')) as StartFrom,
    onNewField: readText(item, 'onNewField') as NewFieldPolicy,
    ...(events === undefined ? {} : { events: JSON.parse(events) as EventFormat }),
    state: readText(item, 'state') as ConnectorState,
    ...(item['startsPaused']?.BOOL ? { startsPaused: true } : {}),
    createdAtMs: readNumber(item, 'createdAtMs'),
    revision: readNumber(item, 'revision'),
  };
}
