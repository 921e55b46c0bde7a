import type { FieldDef } from 'pg';
import type { Column } from '../../../domain/shared/column.js';
import type { RowText } from '../../../domain/workflow-gateway/guarded-statement.js';
import { arrayEncoder, encoderOf, type JsonEncoder } from './faithful-json.js';
import { arrayText } from './routine-check.js';
import type { StepAnswer, WireStep } from './wire-exchange.js';

const TYPES = `
  SELECT t.oid, m.modifier, pg_catalog.format_type(t.oid, m.modifier),
         CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1 THEN
           CASE WHEN e.typtype = 'd' THEN e.typbasetype ELSE e.oid END END, e.typdelim
  FROM unnest($1::oid[], $2::integer[]) AS m(oid, modifier)
  JOIN pg_catalog.pg_type t ON t.oid = m.oid LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem`;

interface ColumnType {
  readonly name: string;
  readonly encode: JsonEncoder;
}

const MAX_TYPES = 10_000;

/** What rows look like to a caller. */
export interface EncodedRows {
  readonly columns: readonly Column[];
  readonly rows: readonly RowText[];
}

/** Types of columns, asked of the server once each: an answer itself tells only their numbers. */
export class ColumnTypes {
  private readonly known = new Map<string, ColumnType>();

  /** What has to be asked before rows of these columns can be encoded; undefined: nothing. */
  question(fields: readonly FieldDef[]): WireStep | undefined {
    const unknown = fields.filter((field) => !this.known.has(keyOf(field)));
    if (unknown.length === 0) return undefined;
    const oids = unknown.map(({ dataTypeID }) => String(dataTypeID));
    const modifiers = unknown.map(({ dataTypeModifier }) => String(dataTypeModifier));
    return { text: TYPES, values: [arrayText(oids), arrayText(modifiers)] };
  }

  learn({ rows }: StepAnswer): void {
    if (this.known.size > MAX_TYPES) this.known.clear();
    for (const [oid, modifier, name, element, delimiter] of rows) {
      const plain = encoderOf(Number(element ?? oid));
      const encode = element === null || element === undefined ? plain : arrayEncoder(plain, delimiter ?? ',');
      this.known.set(`${oid}:${modifier}`, { name: name ?? '', encode });
    }
  }

  encode({ fields, rows }: StepAnswer): EncodedRows {
    const types = fields.map((field) => this.known.get(keyOf(field)) ?? { name: 'unknown', encode: encoderOf(0) });
    const columns = uniqueNames(fields).map((name, index) => ({ name, type: types[index]?.name ?? '' }));
    const heads = columns.map(({ name }, index) => `${index === 0 ? '' : ','}${JSON.stringify(name)}:`);
    const encoders = types.map(({ encode }) => encode);
    return { columns, rows: rows.map((row) => rowText(row, heads, encoders)) };
  }
}

function rowText(row: readonly (string | null)[], heads: readonly string[], encoders: readonly JsonEncoder[]): RowText {
  let text = '{';
  for (let index = 0; index < row.length; index += 1) {
    const cell = row[index];
    text += heads[index] ?? '';
    text += cell === null || cell === undefined ? 'null' : (encoders[index]?.(cell) ?? 'null');
  }
  return `${text}}`;
}

/** An object has each name once: the second column `a` is `a_2`. */
function uniqueNames(fields: readonly FieldDef[]): string[] {
  const taken = new Set<string>(fields.map(({ name }) => name));
  const seen = new Set<string>();
  return fields.map(({ name }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 2;
    while (taken.has(`${name}_${number}`)) number += 1;
    taken.add(`${name}_${number}`);
    return `${name}_${number}`;
  });
}

function keyOf({ dataTypeID, dataTypeModifier }: FieldDef): string {
  return `${dataTypeID}:${dataTypeModifier}`;
}
