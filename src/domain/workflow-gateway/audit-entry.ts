import { createHash } from 'node:crypto';
import { type ErrorCode, PenstockError } from '../errors.js';
import type { GuardedEngine, StatementMode, StatementParameters } from './guarded-statement.js';

/** How an attempt ended. `refused` never ran; of `failed`, `cancelled` and `timed_out` nothing stayed. */
export const AUDIT_OUTCOMES = ['ok', 'refused', 'failed', 'cancelled', 'timed_out'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One attempt to run a statement: who, what and how it ended; no literal, no parameter, no row. */
export interface AuditEntry {
  readonly requestId: string;
  /** The name of the key; never the key. */
  readonly caller: string;
  readonly engine: GuardedEngine;
  readonly mode: StatementMode;
  readonly isDryRun: boolean;
  /** Without literals and comments; empty when the text cannot be read as SQL. */
  readonly statement: string;
  /** Of the text as it came, in hexadecimal: finds the same statement again, tells nothing about it. */
  readonly sha256: string;
  readonly parameterTypes: readonly string[];
  readonly outcome: AuditOutcome;
  readonly code?: ErrorCode;
  /** Rows answered or, of a writing statement, changed. */
  readonly rows: number;
  readonly durationMs: number;
}

const MAX_STATEMENT = 8192;
const MAX_TYPES = 100;

/** The part of an entry that is known before the statement runs. */
export type AuditSubject = Omit<AuditEntry, 'outcome' | 'code' | 'rows' | 'durationMs'>;

export interface Attempt {
  readonly requestId: string;
  readonly caller: string;
  readonly engine: GuardedEngine;
  readonly mode: StatementMode;
  readonly isDryRun: boolean;
  readonly sql: string;
  readonly parameters: StatementParameters;
}

export function auditSubject({ sql, parameters, ...attempt }: Attempt, masked: string): AuditSubject {
  return {
    ...attempt,
    statement: masked.slice(0, MAX_STATEMENT),
    sha256: createHash('sha256').update(sql).digest('hex'),
    parameterTypes: Object.values(parameters).slice(0, MAX_TYPES).map(typeOf),
  };
}

export function succeeded(subject: AuditSubject, rows: number, durationMs: number): AuditEntry {
  return { ...subject, outcome: 'ok', rows, durationMs };
}

export function unsuccessful(subject: AuditSubject, error: unknown, durationMs: number): AuditEntry {
  const code = error instanceof PenstockError ? error.code : 'internal.defect';
  return { ...subject, outcome: OUTCOME_OF.get(code) ?? 'failed', code, rows: 0, durationMs };
}

const OUTCOME_OF: ReadonlyMap<ErrorCode, AuditOutcome> = new Map([
  ['query.refused', 'refused'],
  ['query.forbidden', 'refused'],
  ['query.too-costly', 'refused'],
  ['query.busy', 'refused'],
  ['scope.missing', 'refused'],
  ['cursor.invalid', 'refused'],
  ['query.cancelled', 'cancelled'],
  ['query.timeout', 'timed_out'],
]);

/** JSON's name of a value's type. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
