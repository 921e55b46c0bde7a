/** What a failure means to the caller; each driver (HTTP, CLI) maps all of these, and nothing else. */
export type ErrorKind =
  | 'malformed' // the request cannot be read
  | 'unauthenticated' // no identity, or one that was refused
  | 'forbidden' // a known identity without the right
  | 'not-found'
  | 'conflict' // the state does not allow it now
  | 'unmatched' // a condition the caller gave does not hold
  | 'unsatisfiable' // a range lies outside of what there is
  | 'too-large'
  | 'unsupported-media'
  | 'invalid' // well-formed, but refused
  | 'rate-limited'
  | 'upstream' // an engine or vendor answered with a fault of its own
  | 'unavailable' // an engine or vendor does not answer
  | 'timeout'
  | 'defect'; // a bug of ours

/**
 * Every stable error code, and its kind. docs/errors.md gives each a paragraph; a test keeps the two in step.
 * Codes read `<noun>.<state>`; they are an API and never change their meaning.
 */
export const ERROR_KINDS = {
  'request.malformed': 'malformed',
  'request.invalid': 'malformed',
  'request.too-large': 'too-large',
  'request.unsupported-media': 'unsupported-media',
  'request.rate-limited': 'rate-limited',
  'route.unknown': 'not-found',
  'cursor.invalid': 'malformed',
  'key.missing': 'unauthenticated',
  'key.refused': 'unauthenticated',
  'scope.missing': 'forbidden',
  'host.refused': 'forbidden',
  'session.missing': 'unauthenticated',
  'credentials.refused': 'unauthenticated',
  'settings.invalid': 'invalid',
  'stream.unknown': 'not-found',
  'stream.empty': 'not-found',
  'stream.forbidden': 'forbidden',
  'stream.unreachable': 'unavailable',
  'stream.throttled': 'unavailable',
  'stream.expired': 'conflict',
  'stream.unreadable': 'upstream',
  'record.too-large': 'too-large',
  'table.unknown': 'not-found',
  'table.exists': 'conflict',
  'table.unsuitable': 'invalid',
  'table.locked': 'conflict',
  'table.forbidden': 'forbidden',
  'database.unknown': 'not-found',
  'schema.invalid': 'invalid',
  'schema.incompatible': 'conflict',
  'schema.unknown': 'not-found',
  'schema.in-use': 'invalid',
  'schema-version.unknown': 'not-found',
  'schema-version.invalid': 'invalid',
  'schema-version.deleted': 'not-found',
  'schema-version.not-deleted': 'not-found',
  'subject.unknown': 'not-found',
  'subject.invalid': 'invalid',
  'subject.deleted': 'not-found',
  'subject.not-deleted': 'not-found',
  'registry.read-only': 'invalid',
  'registry.mode-invalid': 'invalid',
  'registry.mode-unset': 'not-found',
  'registry.compatibility-invalid': 'invalid',
  'registry.compatibility-unset': 'not-found',
  'registry.unreachable': 'unavailable',
  'registry.refused': 'upstream',
  'event.invalid': 'invalid',
  'identifier.invalid': 'invalid',
  'query.refused': 'invalid',
  'query.failed': 'invalid',
  'query.timeout': 'timeout',
  'query.forbidden': 'forbidden',
  'query.too-costly': 'invalid',
  'query.busy': 'rate-limited',
  'query.cancelled': 'conflict',
  'guard.missing': 'unavailable',
  'audit.unwritten': 'unavailable',
  'rows.rejected': 'invalid',
  'rows.empty': 'invalid',
  'rows.conflict': 'conflict',
  'idempotency-key.reused': 'conflict',
  'idempotency-key.in-use': 'conflict',
  'connector.unknown': 'not-found',
  'connector.conflict': 'conflict',
  'connector.exists': 'conflict',
  'lease.lost': 'conflict',
  'job.abandoned': 'unavailable',
  'domain.unknown': 'not-found',
  'domain.invalid': 'invalid',
  'environment.unknown': 'not-found',
  'secret.missing': 'unavailable',
  'secret.unknown': 'unavailable',
  'secret.invalid': 'upstream',
  'secret.refused': 'upstream',
  'secret.unreachable': 'unavailable',
  'export.unknown': 'not-found',
  'export.unfinished': 'conflict',
  'export.cancelled': 'conflict',
  'export.gone': 'not-found',
  'export.too-large': 'invalid',
  'export.no-space': 'unavailable',
  'vendor.unconfigured': 'unavailable',
  'vendor.unreachable': 'unavailable',
  'vendor.refused': 'upstream',
  'vendor.rejected': 'invalid',
  'vendor.throttled': 'unavailable',
  'vendor.broken': 'upstream',
  'vendor.timeout': 'timeout',
  'warehouse.unreachable': 'unavailable',
  'warehouse.refused': 'upstream',
  'database.unreachable': 'unavailable',
  'database.busy': 'unavailable',
  'database.refused': 'upstream',
  'store.unreachable': 'unavailable',
  'engine.unavailable': 'unavailable',
  'key.invalid': 'invalid',
  'object.unknown': 'not-found',
  'object.exists': 'conflict',
  'object.changed': 'conflict',
  'object.unmatched': 'unmatched',
  'object.gap': 'invalid',
  'object.range': 'unsatisfiable',
  'object.too-large': 'too-large',
  'object.archived': 'conflict',
  'object.damaged': 'upstream',
  'bucket.unknown': 'upstream',
  'bucket.forbidden': 'upstream',
  'bucket.refused': 'upstream',
  'bucket.unconditional': 'upstream',
  'bucket.unreachable': 'unavailable',
  'bucket.throttled': 'unavailable',
  'script.failed': 'invalid',
  'file.unknown': 'not-found',
  'csv.invalid': 'invalid',
  'import.duplicate': 'conflict',
  'import.rejected': 'invalid',
  'import.cancelled': 'conflict',
  'import.unknown': 'not-found',
  'migration.failed': 'upstream',
  'migration.changed': 'conflict',
  'migration.incomplete': 'conflict',
  'run.unknown': 'not-found',
  'run.cancelled': 'conflict',
  'run.outcome-unknown': 'upstream',
  'workflow.unknown': 'upstream',
  'workflow.forbidden': 'upstream',
  'workflow.throttled': 'rate-limited',
  'workflow.unreachable': 'unavailable',
  'workflow.refused': 'invalid',
  'workflow.failed': 'upstream',
  'workflow.timeout': 'timeout',
  'pipeline.unknown': 'not-found',
  'pipeline.busy': 'conflict',
  'aggregation.unknown': 'not-found',
  'aggregation.invalid': 'invalid',
  'run-log.read-only': 'conflict',
  'log-entry.invalid': 'invalid',
  'event.undelivered': 'unavailable',
  'event-type.unknown': 'not-found',
  'producer.full': 'unavailable',
  'export.damaged': 'unavailable',
  'service.stopping': 'unavailable',
  'internal.defect': 'defect',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** One fault inside a body with several; `path` is a JSON path such as `schema.2.type`. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export interface PenstockErrorOptions extends ErrorOptions {
  readonly faults?: readonly Fault[];
  /** When a retry may succeed, in milliseconds from now; becomes `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** The one error type that crosses rings. Anything else that escapes is a bug, and is answered as such. */
export class PenstockError extends Error {
  override readonly name = 'PenstockError';
  readonly faults: readonly Fault[];
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: PenstockErrorOptions = {},
  ) {
    super(message, options);
    this.faults = options.faults ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }
}
