import type { Column } from '../shared/column.js';
import type { ValueKind } from './value-kind.js';

/** Why a column has its type. Counts and lengths only: no value of an event stands in it. */
export interface TypeEvidence {
  /** Events that had the field, null or not. */
  readonly seen: number;
  readonly null: number;
  readonly missing: number;
  readonly kinds: Readonly<Partial<Record<ValueKind, number>>>;
  /** Of the items, where the values are arrays. */
  readonly itemKinds?: Readonly<Partial<Record<ValueKind, number>>>;
  /** How many different values; left out when there are many. */
  readonly distinct?: number;
  /** Of the strings, in characters. */
  readonly length?: { readonly min: number; readonly max: number };
  /** What a reader of the type should know. */
  readonly note?: string;
}

export interface InferredColumn extends Column {
  readonly evidence: TypeEvidence;
}

export interface InferredSchema {
  /** In the order in which the fields first occurred. */
  readonly columns: readonly InferredColumn[];
  /** Columns of it, none of them Nullable. */
  readonly proposedOrderBy: readonly string[];
  /** Events the schema was read from. */
  readonly events: number;
  /** Events it was not read from, by reason. */
  readonly unreadable: Readonly<Record<UnreadableReason, number>>;
  /** Fields that cannot be columns, because of their name or their number; the first 20. */
  readonly leftOut: readonly string[];
}

export type UnreadableReason = 'too-large' | 'not-utf8' | 'not-json' | 'not-an-object' | 'repeated-field';
