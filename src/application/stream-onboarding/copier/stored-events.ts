import { createHash } from 'node:crypto';
import type { EventTables } from '../../../domain/ports/event-tables.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { batchField } from '../../../domain/stream-onboarding/event-fields.js';
import { eventKeyText } from '../../../domain/stream-onboarding/event-format.js';
import type { PendingRange } from '../../../domain/stream-onboarding/lease.js';
import { batchToken } from '../../../domain/stream-onboarding/record-range.js';
import type { BatchRow } from './copy-batch.js';

/** Characters of a token that stands in every row of its insert: 128 bits. */
const TOKEN_LENGTH = 22;

/**
 * The token of a range: the same range of the same connector has the same one, whoever inserts it, however often. Of
 * events it is short, since every row has it, and belongs to this very connector: one that is made anew over the same
 * table reads the same ranges again, and must find that the rows are there, not take them for its own.
 */
export function tokenOf(connector: Connector, shardId: string, range: PendingRange): string {
  const token = batchToken(connector.streamName, shardId, range);
  if (connector.events === undefined) return token;
  const insert = `${connector.id}\n${connector.createdAtMs}\n${token}`;
  return createHash('sha256').update(insert).digest('base64url').slice(0, TOKEN_LENGTH);
}

/** What every row of an insert gets besides. */
export function fieldsOfBatch({ events }: Connector, token: string): { readonly fields?: Uint8Array } {
  return events === undefined ? {} : { fields: batchField(token) };
}

/** The rows of different events: of one that is there twice, the first. */
export function firstOfEach<R extends BatchRow>(rows: readonly R[]): readonly R[] {
  const seen = new Set<string>();
  return rows.filter(({ event }) => {
    const { size } = seen;
    return event === undefined || seen.add(eventKeyText(event)).size > size;
  });
}

/**
 * The rows whose events are not in the table yet. It leaves aside what this very insert has brought: an insert whose
 * outcome is not known is repeated as it was, and its token lets table and views store it once.
 */
export async function unstored<R extends BatchRow>(
  tables: EventTables,
  { connector, token, signal }: { readonly connector: Connector; readonly token: string; readonly signal: AbortSignal },
  rows: readonly R[],
): Promise<readonly R[]> {
  const { events: format, target } = connector;
  if (format === undefined) return rows;
  const events = rows.flatMap(({ event }) => event ?? []);
  const { idField, timeField } = format;
  const there = await tables.stored({ table: target, idField, timeField, events, exceptBatch: token }, signal);
  if (there.size === 0) return rows;
  return rows.filter(({ event }) => event === undefined || !there.has(eventKeyText(event)));
}
