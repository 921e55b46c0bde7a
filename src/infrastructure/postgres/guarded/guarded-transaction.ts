import type { StatementMode } from '../../../domain/workflow-gateway/guarded-statement.js';
import type { WireStep } from './wire-exchange.js';

/** Made by migration 0025, without login and without rights of their own but those that are granted to them. */
export const GUARDED_ROLES: Readonly<Record<StatementMode, string>> = {
  read: 'penstock_reader',
  write: 'penstock_writer',
};

export interface TransactionLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Of temporary files of the session; holds where the service is a superuser, and is the administrator's to set elsewhere. */
  readonly tempBytes: number;
}

/** How long a transaction may stand idle; the service itself never lets it. */
const IDLE_TIMEOUT_MS = 10_000;
/** How soon the server notices that the connection is gone. */
const CONNECTION_CHECK_MS = 2000;

/** Formats that faithful-json.ts reads, and the strings that the parser reads; a session may have been given others. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['standard_conforming_strings', 'on'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
];

/**
 * Opens the transaction of a guarded statement. Both steps go ahead of the statement in one exchange, so that it cannot
 * run when one of them fails; nothing of them outlives the transaction, also where a pooler hands out the connection.
 * The role comes last, and arguments are evaluated in order: what it may not set is set by then. After it no statement can make the transaction writable:
 * PostgreSQL does not allow that once a query has run.
 */
export function openTransaction(mode: StatementMode, limits: TransactionLimits): readonly WireStep[] {
  const settings: (readonly [string, string])[] = [
    ...FORMATS,
    ['statement_timeout', String(limits.statementTimeoutMs)],
    ['lock_timeout', String(limits.lockTimeoutMs)],
    ['idle_in_transaction_session_timeout', String(IDLE_TIMEOUT_MS)],
    ['client_connection_check_interval', String(CONNECTION_CHECK_MS)],
  ];
  const calls = [
    ...settings.map(setting),
    `CASE WHEN current_setting('is_superuser') = 'on' THEN ${setting(['temp_file_limit', `${kilobytes(limits)}kB`])} END`,
    setting(['role', GUARDED_ROLES[mode]]),
  ];
  return [
    { text: `BEGIN READ ${mode === 'read' ? 'ONLY' : 'WRITE'}`, isConstant: true },
    { text: `SELECT pg_catalog.num_nonnulls(${calls.join(', ')})`, isConstant: true },
  ];
}

/** Names and values are those above, and numbers. */
function setting([name, value]: readonly [string, string]): string {
  return `pg_catalog.set_config('${name}', '${value}', true)`;
}

function kilobytes({ tempBytes }: TransactionLimits): number {
  return Math.ceil(tempBytes / 1024);
}

export const COMMIT: WireStep = { text: 'COMMIT', isConstant: true };
export const ROLLBACK: WireStep = { text: 'ROLLBACK', isConstant: true };

/**
 * What a transaction that writes still has to do, as its role: constraints and triggers that were put off run with the
 * rights of the role before it is given back.
 */
export const RUN_DEFERRED: WireStep = { text: 'SET CONSTRAINTS ALL IMMEDIATE', isConstant: true };
/** Back to the service itself, for the record of audit. */
export const LEAVE_ROLE: WireStep = { text: "SELECT pg_catalog.set_config('role', 'none', true)", isConstant: true };
