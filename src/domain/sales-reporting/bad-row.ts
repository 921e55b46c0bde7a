/** Why a row did not land. The words are part of the error table, and stay. */
export const RULES = [
  'csv',
  'fields',
  'encoding',
  'too_long',
  'nullable',
  'type',
  'range',
  'scale',
  'length',
  'min',
  'max',
  'enum',
  'pattern',
  'partition',
  'unique',
  'check',
  'foreign_key',
  'database',
] as const;
export type Rule = (typeof RULES)[number];

/** What is wrong with a row: the first fault found, and how many more there are. */
export interface RowFault {
  readonly rule: Rule;
  /** The column, or several of a key by commas. */
  readonly column?: string;
  /** The cell as it stands in the file, cut to MAX_VALUE_CHARS. */
  readonly value?: string;
  readonly message: string;
}

/** A row of the file that did not land. */
export interface BadRow extends RowFault {
  /** The physical line its record begins on; the header is on line 1. */
  readonly line: number;
  /** The record without its line end, as bytes of the file. */
  readonly raw: Uint8Array;
}

/** Longest cell kept beside a fault. */
export const MAX_VALUE_CHARS = 1000;
/** Longest record kept in the error table; a file of rejected rows has them whole. */
export const MAX_RAW_BYTES = 8192;

export function cutValue(text: string): string {
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
}
