import { Buffer, isUtf8 } from 'node:buffer';
import { isColumnName, MAX_COLUMNS } from './check-table-definition.js';
import { ColumnEvidence } from './column-evidence.js';
import { nullable } from './column-type.js';
import { JsonObject, parseLosslessJson } from './lossless-json.js';
import { proposeOrderBy, withoutNullable } from './propose-order-by.js';
import type { InferredColumn, InferredSchema, TypeEvidence, UnreadableReason } from './inferred-schema.js';
import { widenedType } from './widen-type.js';

/** Larger events are no sample: they would cost more than they tell. */
export const MAX_SAMPLED_EVENT_BYTES = 1_048_576;

const MAX_LEFT_OUT = 20;

/**
 * The columns of a table that takes every one of these events as it is. Types are Nullable where ClickHouse allows it,
 * except those of the proposed sort key, if one is wanted.
 */
export function inferSchema(events: Iterable<Uint8Array>, { sortKey = true } = {}): InferredSchema {
  const fold = new SchemaFold();
  for (const event of events) fold.add(event);
  const columns = [...fold.columns].map(([name, evidence]) => inferredColumn(name, evidence, fold.events));
  const proposedOrderBy = sortKey ? proposeOrderBy(columns) : [];
  return {
    columns: columns.map((column) => (proposedOrderBy.includes(column.name) ? asSortKey(column) : column)),
    proposedOrderBy,
    events: fold.events,
    unreadable: fold.unreadable,
    leftOut: [...fold.leftOut],
  };
}

class SchemaFold {
  readonly columns = new Map<string, ColumnEvidence>();
  readonly leftOut = new Set<string>();
  readonly unreadable = { 'too-large': 0, 'not-utf8': 0, 'not-json': 0, 'not-an-object': 0, 'repeated-field': 0 };
  events = 0;

  add(event: Uint8Array): void {
    const object = readEvent(event);
    if (typeof object === 'string') {
      this.unreadable[object] += 1;
      return;
    }
    this.events += 1;
    for (const [name, value] of object.fields) this.evidenceOf(name)?.add(value);
  }

  private evidenceOf(name: string): ColumnEvidence | undefined {
    const known = this.columns.get(name);
    if (known) return known;
    if (this.columns.size >= MAX_COLUMNS || !isColumnName(name)) {
      if (this.leftOut.size < MAX_LEFT_OUT) this.leftOut.add(name);
      return undefined;
    }
    const evidence = new ColumnEvidence();
    this.columns.set(name, evidence);
    return evidence;
  }
}

function readEvent(event: Uint8Array): JsonObject | UnreadableReason {
  if (event.length > MAX_SAMPLED_EVENT_BYTES) return 'too-large';
  if (!isUtf8(event)) return 'not-utf8';
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8');
  const value = parseLosslessJson(text);
  if (value === undefined) return 'not-json';
  if (!(value instanceof JsonObject)) return 'not-an-object';
  if (value.repeated) return 'repeated-field';
  return value;
}

function inferredColumn(name: string, evidence: ColumnEvidence, events: number): InferredColumn {
  const widened = widenedType(evidence);
  // ClickHouse reads `a.b` and `a.c` as parts of one Nested and wants their arrays to be equally long.
  const type = name.includes('.') && widened.startsWith('Array(') ? 'String' : widened;
  return { name, type: nullable(type), evidence: typeEvidence(evidence, events) };
}

function typeEvidence(evidence: ColumnEvidence, events: number): TypeEvidence {
  const { seen, nulls, kinds, items, distinct, longest, shortest } = evidence;
  return {
    seen,
    null: nulls,
    missing: events - seen,
    kinds: Object.fromEntries(kinds),
    ...(items && { itemKinds: Object.fromEntries(items.kinds) }),
    ...(distinct !== undefined && distinct > 0 && { distinct }),
    ...(longest >= shortest && { length: { min: shortest, max: longest } }),
  };
}

function asSortKey({ name, type, evidence }: InferredColumn): InferredColumn {
  const note =
    `Not Nullable, because it is part of the proposed sort key: it was there in all ${evidence.seen} events. ` +
    'A later event without it gets the default of the type.';
  return { name, type: withoutNullable(type), evidence: { ...evidence, note } };
}
