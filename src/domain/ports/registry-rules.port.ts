import type { CompatibilityLevel } from '../event-pipelines/avro/compatibility.js';
import type { RegistryMode } from '../event-pipelines/registry-mode.js';

export interface RegistryRuleSet {
  readonly compatibility?: CompatibilityLevel;
  readonly mode?: RegistryMode;
}

/**
 * What holds for the registry inside the service, and for subjects of it that have rules of their own.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class RegistryRules {
  /**
   * The rules of a subject; without one, those of all.
   *
   * @param inherited also what the subject has from all, and all have by default
   */
  abstract read(subject: string | undefined, inherited: boolean): Promise<RegistryRuleSet>;

  /**
   * @param force IMPORT also where there are schemas
   * @throws `registry.read-only` when there are, and it is not forced; `subject.invalid`
   */
  abstract set(subject: string | undefined, rules: RegistryRuleSet, force: boolean): Promise<void>;

  /** @returns the rule that was there @throws `subject.unknown` when a subject has none */
  abstract remove(subject: string | undefined, rule: keyof RegistryRuleSet): Promise<RegistryRuleSet>;
}
