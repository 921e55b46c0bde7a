import type { StoredDeadLetter } from '../../domain/ports/dead-letters.port.js';
import type { DeadLetter, DeadLetterState } from '../../domain/stream-onboarding/dead-letter.js';

export const LETTER_COLUMNS = `id, connector_id, shard_id, sequence_number, sub_sequence_number, partition_key, arrived_at_ms,
  data, code, column_name, reason, state, replay_token, recorded_at, watermark_ms, headers`;

/** A row of `penstock.dead_letter`; numbers beyond 2^53 come as text. */
export interface DeadLetterRow {
  readonly id: string;
  readonly connector_id: string;
  readonly shard_id: string;
  readonly sequence_number: string;
  readonly sub_sequence_number: number;
  readonly partition_key: Buffer;
  readonly arrived_at_ms: string;
  readonly data: Buffer;
  readonly code: string;
  readonly column_name: string | null;
  readonly reason: string;
  readonly state: DeadLetterState;
  readonly replay_token: string | null;
  readonly recorded_at: Date;
  readonly watermark_ms: string | null;
  readonly headers: RowHeaders | null;
}

/** Names and, in base64, values: `json` takes any name, where `jsonb` and `text` have no zero character. */
type RowHeaders = readonly (readonly [string, string])[];

export function fromRow(row: DeadLetterRow): StoredDeadLetter {
  return {
    id: row.id,
    connectorId: row.connector_id,
    shardId: row.shard_id,
    sequenceNumber: row.sequence_number,
    subSequenceNumber: row.sub_sequence_number,
    partitionKey: row.partition_key.toString('utf8'),
    arrivedAtMs: Number(row.arrived_at_ms),
    data: row.data,
    code: row.code,
    ...(row.column_name === null ? {} : { column: row.column_name }),
    reason: row.reason,
    state: row.state,
    recordedAtMs: row.recorded_at.getTime(),
    ...(row.watermark_ms === null ? {} : { watermarkMs: Number(row.watermark_ms) }),
    ...(row.headers === null ? {} : { headers: headersFrom(row.headers) }),
    ...(row.replay_token === null ? {} : { replayToken: row.replay_token }),
  };
}

/** One array for each column of the insert. */
export function insertValues(letters: readonly DeadLetter[]): unknown[][] {
  return [
    letters.map(({ connectorId }) => connectorId),
    letters.map(({ shardId }) => shardId),
    letters.map(({ sequenceNumber }) => sequenceNumber),
    letters.map(({ subSequenceNumber }) => subSequenceNumber),
    letters.map(({ partitionKey }) => Buffer.from(partitionKey)),
    letters.map(({ arrivedAtMs }) => arrivedAtMs),
    letters.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    letters.map(({ code }) => code),
    letters.map(({ column }) => withoutZero(column)),
    letters.map(({ reason }) => withoutZero(reason)),
    letters.map(({ watermarkMs }) => watermarkMs ?? null),
    letters.map(({ headers }) => (headers === undefined ? null : JSON.stringify(toRowHeaders(headers)))),
  ];
}

const toRowHeaders = (headers: ReadonlyMap<string, Uint8Array>): RowHeaders =>
  Array.from(headers, ([name, value]) => [name, Buffer.from(value).toString('base64')]);

const headersFrom = (headers: RowHeaders): ReadonlyMap<string, Uint8Array> =>
  new Map(headers.map(([name, value]) => [name, Buffer.from(value, 'base64')]));

/** PostgreSQL's text has no zero character; field names of events may. */
export function withoutZero(text: string | undefined): string | null {
  return text?.replaceAll('\0', '\uFFFD') ?? null;
}
