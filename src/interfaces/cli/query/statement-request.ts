import { randomUUID } from 'node:crypto';
import type { StatementRequest } from '../../../application/workflow-gateway/run-statement.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { SCOPES } from '../../../domain/shared/scope.js';
import type {
  GuardedEngine,
  StatementMode,
  StatementParameters,
} from '../../../domain/workflow-gateway/guarded-statement.js';

export interface GuardedOptions {
  readonly engine?: GuardedEngine;
  readonly mode?: StatementMode;
  readonly dryRun?: boolean;
  readonly param?: readonly string[];
  readonly maxRows?: number;
  readonly timeoutMs?: number;
  readonly cursor?: string;
}

/** Whoever may run the command has the settings of the service, and so all its rights; the audit tells it from keys. */
const CALLER = { name: 'command line', scopes: SCOPES };

/** Without any of its options a query goes to ClickHouse as it always has. */
export function isGuarded(options: GuardedOptions): boolean {
  return Object.values(options).some((value) => value !== undefined);
}

/** @throws PenstockError `request.invalid` */
export function statementRequest(query: string, options: GuardedOptions, signal: AbortSignal): StatementRequest {
  const { param = [], engine = 'postgres', ...rest } = options;
  const params = engine === 'clickhouse' ? named(param) : param.map(valueOf);
  return { ...rest, query, engine, params, signal, caller: CALLER, requestId: randomUUID() };
}

function named(texts: readonly string[]): StatementParameters {
  const pairs = texts.map((text) => {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new PenstockError('request.invalid', '--param on ClickHouse is name=value.');
    }
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

/** `7`, `null`, `true` and `[1, 2]` are what they look like; everything that is no JSON is text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
