import type { TableName } from '../../../domain/shared/table-name.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { connectorIdFor } from '../../../domain/stream-onboarding/connector-id.js';
import type { EventFormat } from '../../../domain/stream-onboarding/event-format.js';
import { type DomainConfig, streamNameOf } from '../../../domain/event-pipelines/domain-config.js';
import { eventTableOf } from '../../../domain/event-pipelines/event-table.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from '../../../domain/event-pipelines/generate-event-schema.js';

/** How events of this schema are read. */
export const eventFormat = (readerSchema: string): EventFormat => ({
  format: 'avro',
  readerSchema,
  idField: EVENT_ID_FIELD,
  timeField: EVENT_TIME_FIELD,
});

/**
 * The id of an event type's connector: always the same one for the same table, so that of two deploys at once only one
 * makes it, and a connector that is made anew finds the table it had.
 */
export function eventConnectorId({ database, table }: TableName): string {
  return connectorIdFor(table, fingerprint(`${database}\n${table}`));
}

/** The event type a connector copies for this domain; undefined: it is none of the domain's. */
export function eventTypeOf(
  domain: DomainConfig,
  { streamName, target, events }: Pick<Connector, 'streamName' | 'target' | 'events'>,
): string | undefined {
  const head = streamNameOf(domain, '');
  if (events === undefined || !streamName.startsWith(head)) return undefined;
  const eventType = streamName.slice(head.length);
  const { database, table } = eventTableOf(domain, eventType);
  return target.database === database && target.table === table ? eventType : undefined;
}

/** FNV-1a of 32 bits, in hex: tells apart tables whose names are the same once they are readable. */
function fingerprint(text: string): string {
  let value = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01_00_01_93);
  return (value >>> 0).toString(16).padStart(8, '0');
}
