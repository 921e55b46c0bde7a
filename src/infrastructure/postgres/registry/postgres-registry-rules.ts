import type { PoolClient } from 'pg';
import { checkSubject } from '../../../domain/event-pipelines/subject-name.js';
import { PenstockError } from '../../../domain/errors.js';
import type { RegistryRules, RegistryRuleSet } from '../../../domain/ports/registry-rules.port.js';
import type { PostgresPool } from '../postgres-pool.js';
import { versionPage, versionsOf } from './registry-rows.js';
import { GLOBAL, rulesFor, storedRules } from './registry-rules.js';
import type { RegistryTurn } from './registry-turn.js';

export class PostgresRegistryRules implements RegistryRules {
  constructor(
    private readonly pool: PostgresPool,
    private readonly turn: RegistryTurn,
  ) {}

  async read(subject: string | undefined, inherited: boolean): Promise<RegistryRuleSet> {
    if (inherited) return rulesFor(this.pool, subject ?? GLOBAL);
    const { compatibility, mode } = await storedRules(this.pool, subject ?? GLOBAL);
    return { ...(compatibility !== null && { compatibility }), ...(mode !== null && { mode }) };
  }

  async set(subject: string | undefined, rules: RegistryRuleSet, force: boolean): Promise<void> {
    if (subject !== undefined) checkSubject(subject);
    await this.turn.take(async (client) => {
      if (rules.mode === 'IMPORT' && !force) await refuseUnlessEmpty(client, subject);
      await client.query(
        `INSERT INTO penstock.registry_rule AS rule (subject, compatibility, mode) VALUES ($1, $2, $3)
         ON CONFLICT (subject) DO UPDATE SET compatibility = coalesce(excluded.compatibility, rule.compatibility),
           mode = coalesce(excluded.mode, rule.mode)`,
        [subject ?? GLOBAL, rules.compatibility ?? null, rules.mode ?? null],
      );
    });
  }

  remove(subject: string | undefined, rule: keyof RegistryRuleSet): Promise<RegistryRuleSet> {
    return this.turn.take(async (client) => {
      const key = subject ?? GLOBAL;
      const { [rule]: value } = await storedRules(client, key);
      if (value === null && subject !== undefined) {
        throw new PenstockError('subject.unknown', `Subject '${subject}' not found.`);
      }
      const before = value === null ? await rulesFor(client, key) : { [rule]: value };
      await client.query(`UPDATE penstock.registry_rule SET ${rule} = NULL WHERE subject = $1`, [key]);
      return before;
    });
  }
}

async function refuseUnlessEmpty(client: PoolClient, subject: string | undefined): Promise<void> {
  const first = { prefix: '', deleted: 'without', latestOnly: false, offset: 0, limit: 1 } as const;
  const [found] =
    subject === undefined ? await versionPage(client, first) : await versionsOf(client, subject, 'without', 1);
  if (found === undefined) return;
  throw new PenstockError('registry.read-only', 'Cannot import since found existing subjects');
}
