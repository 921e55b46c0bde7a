import { MIGRATED_ENGINES, type MigratedEngine } from '../shared/migrated-engine.js';

/**
 * `incomplete`: begun and not finished, `up` goes on from there. `changed`: its text is no longer the one that was
 * applied. `unknown`: applied by another release, this one does not have it.
 */
export type MigrationState = 'applied' | 'pending' | 'incomplete' | 'changed' | 'unknown';

export interface MigrationStatus {
  readonly engine: MigratedEngine;
  readonly name: string;
  readonly state: MigrationState;
  readonly appliedAt?: Date;
  /** For `incomplete`: the statement it stands at. */
  readonly statement?: string;
}

/**
 * The ordered migrations of one engine, each recorded with a checksum of its text.
 * Every adapter passes test/contracts/migrations.contract.ts against a real engine.
 *
 * @throws PenstockError `database.unreachable`, `warehouse.unreachable`
 */
export abstract class Migrations {
  abstract readonly engine: MigratedEngine;

  /** All migrations, known or recorded, in order. Changes nothing, also on an engine that was never migrated. */
  abstract status(): Promise<MigrationStatus[]>;

  /**
   * Applies what is pending or incomplete, in order, and stops at the first failure. Any number of processes may call
   * it at once: each migration is applied by one of them. A kill at any moment leaves a state that `up` continues from.
   *
   * @returns the names of those this call applied
   * @throws PenstockError `migration.changed` before anything is applied; `migration.failed` when nothing of the failing
   *   migration stayed, `migration.incomplete` when something may have
   */
  abstract up(): Promise<string[]>;

  /**
   * Undoes the one applied (or left incomplete) last.
   *
   * @returns its name, or undefined when there is none
   * @throws PenstockError as `up`; `migration.failed` also when it cannot be undone or this release does not have it
   */
  abstract down(): Promise<string | undefined>;
}

/** The migrations of all engines, as the application holds them. */
export class MigrationSets {
  constructor(private readonly sets: readonly Migrations[]) {}

  /** Those of one engine, or of all, in the order of MIGRATED_ENGINES. */
  of(engine?: MigratedEngine): readonly Migrations[] {
    const wanted = MIGRATED_ENGINES.filter((name) => engine === undefined || name === engine);
    return wanted.flatMap((name) => this.sets.filter((set) => set.engine === name));
  }
}
