import type { Column } from '../../domain/shared/column.js';
import type { Connector, ConnectorState, NewFieldPolicy, StartFrom } from '../../domain/stream-onboarding/connector.js';
import { type Item, number, numberOf, requiredText, text, textOf } from './item.js';

const OLDEST = 'TRIM_HORIZON';

export function connectorItem(connector: Connector): Item {
  const { id, target, columns, orderBy, startFrom, tableUuid } = connector;
  return {
    connectorId: text(id),
    streamName: text(connector.streamName),
    streamArn: text(connector.streamArn),
    databaseName: text(target.database),
    tableName: text(target.table),
    ...(tableUuid !== undefined && { tableUuid: text(tableUuid) }),
    columns: text(JSON.stringify(columns)),
    orderBy: text(JSON.stringify(orderBy)),
    startFrom: text(startFrom === OLDEST ? OLDEST : new Date(startFrom.atMs).toISOString()),
    onNewField: text(connector.onNewField),
    state: text(connector.state),
    createdAtMs: number(connector.createdAtMs),
    revision: number(connector.revision),
  };
}

/** Casts: the words are those `connectorItem` wrote. */
export function fromConnectorItem(item: Item): Connector {
  const tableUuid = textOf(item, 'tableUuid');
  return {
    id: requiredText(item, 'connectorId'),
    streamName: requiredText(item, 'streamName'),
    streamArn: requiredText(item, 'streamArn'),
    target: { database: requiredText(item, 'databaseName'), table: requiredText(item, 'tableName') },
    ...(tableUuid !== undefined && { tableUuid }),
    columns: JSON.parse(requiredText(item, 'columns')) as Column[],
    orderBy: JSON.parse(requiredText(item, 'orderBy')) as string[],
    startFrom: startFromOf(requiredText(item, 'startFrom')),
    onNewField: requiredText(item, 'onNewField') as NewFieldPolicy,
    state: requiredText(item, 'state') as ConnectorState,
    createdAtMs: numberOf(item, 'createdAtMs') ?? 0,
    revision: numberOf(item, 'revision') ?? 0,
  };
}

function startFromOf(word: string): StartFrom {
  return word === OLDEST ? OLDEST : { atMs: Date.parse(word) };
}
