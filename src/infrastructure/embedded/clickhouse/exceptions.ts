/** The codes this endpoint raises by itself; everything else comes from the engine. */
export const RAISED = {
  BAD_ARGUMENTS: 36,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  UNKNOWN_FORMAT: 73,
  UNKNOWN_TYPE_OF_QUERY: 78,
  UNKNOWN_COMPRESSION_METHOD: 89,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  NETWORK_ERROR: 210,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  ABORTED: 236,
  SUPPORT_IS_DISABLED: 344,
  INTO_OUTFILE_NOT_ALLOWED: 358,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  INVALID_SESSION_TIMEOUT: 374,
  ACCESS_DENIED: 497,
  UNKNOWN_ROLE: 511,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const;

export type RaisedName = keyof typeof RAISED;

/** A failure as ClickHouse words it: `Code: N. DB::Exception: … (NAME) (version …)`. */
export class ClickHouseException extends Error {
  constructor(
    readonly code: number,
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
  }
}

export function raise(name: RaisedName, message: string): ClickHouseException {
  return new ClickHouseException(RAISED[name], `Code: ${RAISED[name]}. DB::Exception: ${message} (${name})`);
}

// The reader's place is a file of ours; the sender knows only its request.
const SPOOL_FILE = /\(in file\/uri [^)]*\)/g;
// An exception rethrown between the reading and the writing half of an INSERT repeats its own beginning.
const REPEATED_PREFIX = /^(Code: \d+\. DB::Exception: )\1/;
const EXCEPTION = /Code: (\d+)\. DB::\w*Exception: /;

/** Reads the engine's own words; what is none of them is a fault of this endpoint, and tells nothing. */
export function asClickHouseException(cause: unknown): ClickHouseException {
  if (cause instanceof ClickHouseException) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const match = EXCEPTION.exec(text);
  if (!match) return raise('UNKNOWN_EXCEPTION', 'The embedded engine failed without an exception of its own');
  const message = text
    .slice(match.index)
    .replace(REPEATED_PREFIX, '$1')
    .replaceAll(SPOOL_FILE, '(in the request body)');
  return new ClickHouseException(Number(match[1]), message.trimEnd(), { cause });
}

/** ClickHouse's own table from exception codes to statuses (exceptionCodeToHTTPStatus); all others are 500. */
const STATUSES: readonly (readonly [number, readonly number[]])[] = [
  [400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]],
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  [408, [159]],
  [411, [381]],
  [413, [229]],
  [415, [779]],
  [501, [48]],
  [503, [76, 209, 439]],
];
const STATUS_OF_CODE = new Map(STATUSES.flatMap(([status, codes]) => codes.map((code) => [code, status] as const)));

export function statusOf(code: number): number {
  return STATUS_OF_CODE.get(code) ?? 500;
}
