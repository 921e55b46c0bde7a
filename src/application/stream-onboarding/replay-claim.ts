import { PenstockError } from '../../domain/errors.js';
import type { DeadLetters, StoredDeadLetter } from '../../domain/ports/dead-letters.port.js';
import type { EventCodec } from '../../domain/ports/event-codec.port.js';
import type { EventTables } from '../../domain/ports/event-tables.port.js';
import type { RowBatch, StreamTables } from '../../domain/ports/stream-tables.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { hasCode } from './connector-life.js';
import type { BatchRow } from './copier/copy-batch.js';
import { framerOf } from './copier/framers.js';
import { type LetterReason, type RecordFramer, toDeadLetter } from './copier/record-framer.js';
import { fieldsOfBatch, firstOfEach, unstored } from './copier/stored-events.js';
import { siftUnknownFields } from './copier/unknown-fields.js';

export interface ReplayTally {
  /** Letters that are rows now; of events that were published twice, whichever of the two it is. */
  replayed: number;
  /** Letters that still do not fit, and are open again with the reason they have now. */
  stillFailing: number;
}

interface Claim {
  readonly token: string;
  readonly letters: readonly StoredDeadLetter[];
}

/** What a replay stores by. */
export class ReplayPorts {
  constructor(
    readonly tables: StreamTables,
    readonly deadLetters: DeadLetters,
    readonly codec: EventCodec,
    readonly events: EventTables,
  ) {}
}

interface LetterRow extends BatchRow {
  readonly record: StoredDeadLetter;
}

interface Sorted {
  readonly rows: readonly LetterRow[];
  readonly failing: readonly { readonly letter: StoredDeadLetter; readonly why: LetterReason }[];
}

/** Rounds of sorting out letters before a claim whose rows are rejected again and again is left as it is. */
const MOST_ROUNDS = 8;

/**
 * Stores the letters of one claim. Those that do not fit leave the claim before the insert: so the claim is exactly what
 * the insert's token stands for, and whoever repeats it after a death stores nothing twice.
 */
export async function replayClaim(ports: ReplayPorts, connector: Connector, claim: Claim): Promise<ReplayTally> {
  let sorted = await frameAll(ports.codec, connector, claim.letters);
  let stillFailing = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    sorted = await sortOut(ports.tables, connector, sorted);
    stillFailing += await reopen(ports.deadLetters, connector, claim.token, sorted);
    if (await inserted(ports, connector, claim.token, sorted.rows)) {
      const replayed = sorted.rows.map(({ record }) => record.id);
      if (replayed.length > 0) await ports.deadLetters.settle(claim.token, { replayed, reopened: [] });
      return { replayed: replayed.length, stillFailing };
    }
    sorted = { rows: sorted.rows, failing: [] };
  }
  throw new PenstockError('warehouse.refused', 'The warehouse rejects rows of which it says that each fits.');
}

async function frameAll(
  codec: EventCodec,
  connector: Connector,
  letters: readonly StoredDeadLetter[],
): Promise<Sorted> {
  const framers = new Map<string, RecordFramer>();
  const rows: LetterRow[] = [];
  const failing: { letter: StoredDeadLetter; why: LetterReason }[] = [];
  for (const record of letters) {
    const { shardId, watermarkMs } = record;
    const framer = framers.get(shardId) ?? framerOf(codec, { connector, shardId });
    framers.set(shardId, framer);
    await framer.prepare([record]);
    const framed = framer.frame(record, watermarkMs);
    if ('line' in framed) rows.push({ ...framed, record });
    else failing.push({ letter: record, why: framed });
  }
  return { rows, failing };
}

/** Applies the connector's policy to new fields, then asks the warehouse which rows do not fit. */
async function sortOut(tables: StreamTables, connector: Connector, { rows, failing }: Sorted): Promise<Sorted> {
  const table = await tables.find(connector.target);
  if (table === undefined) throw new PenstockError('table.unknown', 'The table of the connector is gone.');
  const strangers = siftUnknownFields(rows, table.columns, connector.onNewField);
  if (strangers && strangers.addColumns.length > 0) await tables.addColumns(connector.target, strangers.addColumns);
  const fitting = (strangers?.rows ?? rows) as readonly LetterRow[]; // the rows it was given, with other lines
  const unknown = (strangers?.rejected ?? []).map(({ row, ...why }) => ({
    letter: row.record as StoredDeadLetter,
    why,
  }));
  if (fitting.length === 0) return { rows: [], failing: [...failing, ...unknown] };
  const rejected = await tables.findRejected(rowBatch(connector, '', fitting), new AbortController().signal);
  const reasons = new Map(rejected.map(({ index, ...why }) => [index, why]));
  return {
    rows: fitting.filter((_, index) => !reasons.has(index)),
    failing: [
      ...failing,
      ...unknown,
      ...fitting.flatMap(({ record }, index) => {
        const why = reasons.get(index);
        return why === undefined ? [] : [{ letter: record, why }];
      }),
    ],
  };
}

async function reopen(
  deadLetters: DeadLetters,
  connector: Connector,
  token: string,
  { failing }: Sorted,
): Promise<number> {
  if (failing.length === 0) return 0;
  const reopened = failing.map(({ letter, why }) => ({
    id: letter.id,
    letter: toDeadLetter(connector.id, letter.shardId, letter, why),
  }));
  await deadLetters.settle(token, { replayed: [], reopened });
  return failing.length;
}

/** @returns false when a row does not fit, since the table was altered just now */
async function inserted(
  { tables, events }: ReplayPorts,
  connector: Connector,
  claim: string,
  rows: readonly LetterRow[],
): Promise<boolean> {
  const { signal } = new AbortController();
  const lookup = { connector, token: insertToken(claim), signal };
  const fresh = connector.events === undefined ? rows : await unstored(events, lookup, firstOfEach(rows));
  if (fresh.length === 0) return true;
  try {
    await tables.insert(rowBatch(connector, claim, fresh), signal);
    return true;
  } catch (cause) {
    if (hasCode(cause, 'rows.rejected')) return false;
    throw cause;
  }
}

const insertToken = (claim: string): string => `replay:${claim}`;

function rowBatch(connector: Connector, claim: string, rows: readonly LetterRow[]): RowBatch {
  const token = insertToken(claim);
  return {
    table: connector.target,
    token,
    ...fieldsOfBatch(connector, token),
    lines: rows.map(({ line }) => line),
    skipUnknownFields: connector.onNewField === 'ignore',
  };
}
