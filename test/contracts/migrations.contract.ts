import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Migrations } from '../../src/domain/ports/migrations.port.js';

/** A migration of the suite; the harness gives it the engine's form and name. */
export interface TestMigration {
  readonly number: number;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

export interface MigrationsHarness {
  /** As a process of its own would hold them. */
  open(migrations: readonly TestMigration[]): Promise<Migrations>;
  nameOf(number: number): string;
  createTable(table: string): string;
  dropTable(table: string): string;
  /** A statement the engine refuses. */
  readonly refused: string;
  /** Tables in `penstock` besides the ledger, sorted. */
  tables(): Promise<string[]>;
  ledgerExists(): Promise<boolean>;
  /** As if nothing had ever been migrated. */
  reset(): Promise<void>;
  /** Adapters for an engine that is not there. */
  unreachable(): Promise<Migrations>;
  close(): Promise<void>;
}

/** What every Migrations adapter promises. `partial`: a failing migration leaves its first statements behind. */
export function migrationsContract(
  engine: string,
  partial: boolean,
  openHarness: () => Promise<MigrationsHarness>,
): void {
  describe(`Migrations on ${engine}`, () => {
    let at: MigrationsHarness;
    const creating = (number: number): TestMigration => ({
      number,
      up: [at.createTable(`t${number}`)],
      down: [at.dropTable(`t${number}`)],
    });
    const states = async (migrations: Migrations) =>
      Object.fromEntries((await migrations.status()).map(({ name, state }) => [name, state]));

    beforeAll(async () => {
      at = await openHarness();
    });
    beforeEach(() => at.reset());
    afterAll(() => at.close());

    it('shows everything as pending on an engine never migrated, and leaves it so', async () => {
      const migrations = await at.open([creating(1), creating(2)]);
      expect(await states(migrations)).toEqual({ [at.nameOf(1)]: 'pending', [at.nameOf(2)]: 'pending' });
      expect(await at.ledgerExists()).toBe(false);
    });

    it('applies all in order and says which, and when', async () => {
      const migrations = await at.open([creating(1), creating(2)]);
      expect(await migrations.up()).toEqual([at.nameOf(1), at.nameOf(2)]);
      expect(await at.tables()).toEqual(['t1', 't2']);
      const statuses = await migrations.status();
      expect(statuses.map(({ state }) => state)).toEqual(['applied', 'applied']);
      expect(statuses.every(({ appliedAt }) => appliedAt instanceof Date)).toBe(true);
    });

    it('has nothing left to do the second time, and only the new one after a release', async () => {
      await (await at.open([creating(1)])).up();
      expect(await (await at.open([creating(1)])).up()).toEqual([]);
      expect(await (await at.open([creating(1), creating(2)])).up()).toEqual([at.nameOf(2)]);
    });

    it('applies each once when five processes start at once', async () => {
      const processes = await Promise.all(Array.from({ length: 5 }, () => at.open([creating(1), creating(2)])));
      const applied = await Promise.all(processes.map((migrations) => migrations.up()));
      expect(applied.flat().toSorted()).toEqual([at.nameOf(1), at.nameOf(2)]);
      expect(await at.tables()).toEqual(['t1', 't2']);
    });

    it('stops at a statement that is refused, and goes on from there once it is mended', async () => {
      const broken = { ...creating(2), up: [at.createTable('t2'), at.refused] };
      const migrations = await at.open([creating(1), broken, creating(3)]);
      await expect(migrations.up()).rejects.toMatchObject({
        code: partial ? 'migration.incomplete' : 'migration.failed',
      });
      const [first, second, third] = await migrations.status();
      expect([first?.state, second?.state, third?.state]).toEqual([
        'applied',
        partial ? 'incomplete' : 'pending',
        'pending',
      ]);
      expect(second?.statement).toBe(partial ? at.refused : undefined);
      expect(await at.tables()).toEqual(partial ? ['t1', 't2'] : ['t1']);

      const mended = { ...broken, up: [at.createTable('t2'), at.createTable('t2b')] };
      expect(await (await at.open([creating(1), mended, creating(3)])).up()).toEqual([at.nameOf(2), at.nameOf(3)]);
      expect(await at.tables()).toEqual(['t1', 't2', 't2b', 't3']);
    });

    it('refuses to go on over an applied migration whose text was changed', async () => {
      await (await at.open([creating(1)])).up();
      const changed = { ...creating(1), up: [at.createTable('other')] };
      const migrations = await at.open([changed, creating(2)]);
      expect(await states(migrations)).toEqual({ [at.nameOf(1)]: 'changed', [at.nameOf(2)]: 'pending' });
      await expect(migrations.up()).rejects.toMatchObject({ code: 'migration.changed' });
      await expect(migrations.down()).rejects.toMatchObject({ code: 'migration.changed' });
      expect(await at.tables()).toEqual(['t1']);
    });

    it('undoes the last one, then the one before, then nothing, and applies them again', async () => {
      const migrations = await at.open([creating(1), creating(2)]);
      await migrations.up();
      expect(await migrations.down()).toBe(at.nameOf(2));
      expect(await at.tables()).toEqual(['t1']);
      expect(await states(migrations)).toEqual({ [at.nameOf(1)]: 'applied', [at.nameOf(2)]: 'pending' });
      expect(await migrations.down()).toBe(at.nameOf(1));
      expect(await migrations.down()).toBeUndefined();
      expect(await migrations.up()).toEqual([at.nameOf(1), at.nameOf(2)]);
    });

    it('undoes a migration that does nothing on the way down', async () => {
      const migrations = await at.open([{ ...creating(1), down: [] }]);
      await migrations.up();
      expect(await migrations.down()).toBe(at.nameOf(1));
      expect(await states(migrations)).toEqual({ [at.nameOf(1)]: 'pending' });
    });

    it('shows what a newer release applied, works beside it, and does not undo it', async () => {
      await (await at.open([creating(1), creating(2)])).up();
      const older = await at.open([creating(1)]);
      expect(await states(older)).toEqual({ [at.nameOf(1)]: 'applied', [at.nameOf(2)]: 'unknown' });
      expect(await older.up()).toEqual([]);
      await expect(older.down()).rejects.toMatchObject({ code: 'migration.failed' });
      expect(await at.tables()).toEqual(['t1', 't2']);
    });

    it('says so when the engine does not answer', async () => {
      const migrations = await at.unreachable();
      const code = engine === 'PostgreSQL' ? 'database.unreachable' : 'warehouse.unreachable';
      await expect(migrations.status()).rejects.toMatchObject({ code });
      await expect(migrations.up()).rejects.toMatchObject({ code });
    });
  });
}
