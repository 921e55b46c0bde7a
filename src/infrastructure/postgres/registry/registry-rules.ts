import { type CompatibilityLevel, DEFAULT_COMPATIBILITY } from '../../../domain/event-pipelines/avro/compatibility.js';
import { DEFAULT_MODE, type RegistryMode } from '../../../domain/event-pipelines/registry-mode.js';
import type { Statements } from './registry-rows.js';

/** The subject under which the rules of all subjects are kept. */
export const GLOBAL = '';

export interface StoredRules {
  readonly compatibility: CompatibilityLevel | null;
  readonly mode: RegistryMode | null;
}

export async function storedRules(statements: Statements, subject: string): Promise<StoredRules> {
  const { rows } = await statements.query<StoredRules & { subject: string }>(
    'SELECT compatibility, mode FROM penstock.registry_rule WHERE subject = $1',
    [subject],
  );
  return rows[0] ?? { compatibility: null, mode: null };
}

/** What holds for a subject: its own rule, else the one of all, else the default. */
export async function rulesFor(
  statements: Statements,
  subject: string,
): Promise<{ readonly compatibility: CompatibilityLevel; readonly mode: RegistryMode }> {
  const own = await storedRules(statements, subject);
  const all = await storedRules(statements, GLOBAL);
  return {
    compatibility: own.compatibility ?? all.compatibility ?? DEFAULT_COMPATIBILITY,
    mode: own.mode ?? all.mode ?? DEFAULT_MODE,
  };
}
