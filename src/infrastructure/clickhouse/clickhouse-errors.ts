import { PenstockError } from '../../domain/errors.js';

/** The number ClickHouse gave its exception; undefined when the failure is not an answer of the server. */
export function exceptionCode(cause: unknown): number | undefined {
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^\d+$/u.test(code) ? Number(code) : undefined;
}

/** The server ran into a limit of time, lost a replica, or was told to stop: whether it did its work is not known. */
const OUTCOME_UNKNOWN = new Set([159, 209, 210, 236, 279, 319, 394, 677, 735, 999]);
/** UNKNOWN_TABLE, UNKNOWN_DATABASE, TABLE_IS_DROPPED, TABLE_UUID_MISMATCH. */
const NO_TABLE = new Set([60, 81, 218, 741]);

/** Whether the server said no, so that nothing was done for certain. */
export function isRefusal(failure: unknown): boolean {
  const code = exceptionCode(failure);
  return code !== undefined && !OUTCOME_UNKNOWN.has(code);
}

/** A failure of a statement about one table, in the words of the ports. */
export function translateFailure(failure: unknown, what: string): PenstockError {
  if (failure instanceof PenstockError) return failure;
  const code = exceptionCode(failure);
  const cause = withoutWords(failure);
  if (code === undefined || OUTCOME_UNKNOWN.has(code)) {
    return new PenstockError('warehouse.unreachable', `ClickHouse did not answer: ${what}.`, { cause });
  }
  if (NO_TABLE.has(code)) return new PenstockError('table.unknown', `There is no table: ${what}.`, { cause });
  return new PenstockError('warehouse.refused', `ClickHouse refused (${exceptionName(failure)}): ${what}.`, { cause });
}

/** The server's words quote values of the data, and causes are logged. */
export function withoutWords(failure: unknown): unknown {
  return exceptionCode(failure) === undefined ? failure : new Error(exceptionName(failure));
}

/** `TOO_MANY_PARTS, code 252`. */
export function exceptionName(cause: unknown): string {
  const type: unknown = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  const code = `code ${exceptionCode(cause) ?? 'unknown'}`;
  return typeof type === 'string' && /^[A-Z_]+$/u.test(type) ? `${type}, ${code}` : code;
}

/**
 * Codes with which the parser of rows refuses a value. Some of them can come from elsewhere too (a materialized view
 * that converts), so that a refusal is only the rows' fault when a row is found.
 */
const ROW_CODES = new Set([
  3, 6, 7, 19, 25, 26, 27, 32, 33, 38, 41, 53, 69, 70, 72, 117, 120, 130, 131, 190, 321, 349, 376, 407, 441, 467, 563,
  626, 632, 645, 675, 676, 691, 760,
]);

export function mayBeRows(cause: unknown): boolean {
  return ROW_CODES.has(exceptionCode(cause) ?? 0);
}

/** Codes with which a table definition is refused: unknown types and names, arguments, keys, what is not supported. */
const DEFINITION_CODES = new Set([
  15, 16, 34, 35, 36, 42, 43, 44, 46, 47, 48, 50, 52, 53, 62, 63, 69, 70, 72, 122, 161, 168, 169, 170, 190, 208, 223,
  321, 344, 352, 370, 377, 378, 386, 431, 432, 433, 441, 446, 450, 455, 457, 524, 549, 691, 703, 717, 728,
]);

/** A definition that was refused, in the server's own words: they are about names and types, there are no values yet. */
export function definitionFault(cause: unknown): PenstockError | undefined {
  if (!DEFINITION_CODES.has(exceptionCode(cause) ?? 0)) return undefined;
  const words = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : '';
  return new PenstockError('schema.invalid', `ClickHouse refused the definition: ${words.slice(0, MAX_WORDS).trim()}`, {
    cause,
  });
}

const MAX_WORDS = 500;
