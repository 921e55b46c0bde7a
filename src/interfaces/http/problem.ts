import { type ErrorCode, type ErrorKind, ERROR_KINDS, type Fault, type PenstockError } from '../../domain/errors.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of every answer that is an error, after RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly Fault[];
}

const STATUS: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  unmatched: 412,
  unsatisfiable: 416,
  'too-large': 413,
  'unsupported-media': 415,
  invalid: 422,
  'rate-limited': 429,
  upstream: 502,
  unavailable: 503,
  timeout: 504,
  defect: 500,
};

const TITLE: Readonly<Record<ErrorKind, string>> = {
  malformed: 'The request cannot be read',
  unauthenticated: 'Not authenticated',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Not possible in the present state',
  unmatched: 'The condition does not hold',
  unsatisfiable: 'The range is outside',
  'too-large': 'Too large',
  'unsupported-media': 'Media type not supported',
  invalid: 'Refused',
  'rate-limited': 'Too many requests',
  upstream: 'An engine answered with a fault',
  unavailable: 'Not available',
  timeout: 'Not answered in time',
  defect: 'Internal error',
};

/** More faults than this help nobody, and cost as much to write as to send. */
const MAX_FAULTS = 100;

export function statusOf(code: ErrorCode): number {
  return STATUS[ERROR_KINDS[code]];
}

export function titleOf(code: ErrorCode): string {
  return TITLE[ERROR_KINDS[code]];
}

export function problemOf(error: PenstockError, request: { readonly path: string; readonly id: string }): Problem {
  const { code, message, faults } = error;
  return {
    type: `urn:penstock:error:${code}`,
    title: titleOf(code),
    status: statusOf(code),
    // The words of a defect are for the log: they may tell how the service is built.
    detail: error.kind === 'defect' ? 'The service failed; its log tells why under the request id.' : message,
    instance: request.path,
    code,
    requestId: request.id,
    ...(faults.length > 0 && { errors: faults.slice(0, MAX_FAULTS) }),
  };
}

/** Without the query, whose values may be secret. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
