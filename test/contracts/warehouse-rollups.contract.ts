import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MinuteRollup, WarehouseRollups } from '../../src/domain/ports/warehouse-rollups.port.js';
import type { TableName } from '../../src/domain/shared/table-name.js';

export interface WarehouseRollupsHarness {
  readonly rollups: WarehouseRollups;
  /** Rollups of a warehouse that is not there. */
  readonly unreachable: WarehouseRollups;
  readonly database: string;
  /** Makes a table of a `time` that may be missing and a `kind`. */
  createSource(name: TableName): Promise<void>;
  insert(name: TableName, token: string, rows: readonly object[]): Promise<void>;
  /** Makes any table of that name, without Penstock. */
  createStranger(name: TableName): Promise<void>;
  drop(name: TableName): Promise<void>;
  /** What the view holds, in its own order. */
  read(view: TableName): Promise<unknown[][]>;
  close(): Promise<void>;
}

/** What every WarehouseRollups adapter promises. */
export function warehouseRollupsContract(engine: string, open: () => Promise<WarehouseRollupsHarness>): void {
  describe(`WarehouseRollups on ${engine}`, () => {
    let harness: WarehouseRollupsHarness;
    let rollup: MinuteRollup;
    let runs = 0;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());
    beforeEach(async () => {
      runs += 1;
      const { database } = harness;
      const source = { database, table: `visits ${runs}` };
      const view = { database, table: `visits_per_minute_${runs}` };
      rollup = { source, view, timeColumn: 'time', groupColumn: 'kind' };
      await harness.createSource(source);
    });

    const noon = '2026-03-01 12:00:10.000';
    const later = '2026-03-01 12:01:59.999';

    it('counts every value of the group apart, minute by minute, over all inserts', async () => {
      await harness.rollups.ensurePerMinute(rollup);
      await harness.insert(rollup.source, 'a', [
        { time: noon, kind: 'x' },
        { time: later, kind: 'x' },
      ]);
      await harness.insert(rollup.source, 'b', [
        { time: noon, kind: 'x' },
        { time: noon, kind: 'y' },
      ]);
      expect(await harness.read(rollup.view)).toEqual([
        ['2026-03-01 12:00:00', 'x', 2],
        ['2026-03-01 12:00:00', 'y', 1],
        ['2026-03-01 12:01:00', 'x', 1],
      ]);
    });

    it('counts rows without a time or a group too', async () => {
      await harness.rollups.ensurePerMinute(rollup);
      await harness.insert(rollup.source, 'a', [{ kind: 'x' }, { time: noon }]);
      const rows = await harness.read(rollup.view);
      expect(rows).toHaveLength(2);
      expect(rows).toContainEqual([null, 'x', 1]);
      expect(rows).toContainEqual(['2026-03-01 12:00:00', null, 1]);
    });

    it('counts a batch once that is inserted twice under its token', async () => {
      await harness.rollups.ensurePerMinute(rollup);
      const rows = [{ time: noon, kind: 'x' }];
      await harness.insert(rollup.source, 'a', rows);
      await harness.insert(rollup.source, 'b', rows);
      await harness.insert(rollup.source, 'a', rows);
      expect(await harness.read(rollup.view)).toEqual([['2026-03-01 12:00:00', 'x', 2]]);
    });

    it('keeps its counts when it is asked for again', async () => {
      await harness.rollups.ensurePerMinute(rollup);
      await harness.insert(rollup.source, 'a', [{ time: noon, kind: 'x' }]);
      await Promise.all([harness.rollups.ensurePerMinute(rollup), harness.rollups.ensurePerMinute(rollup)]);
      await harness.insert(rollup.source, 'b', [{ time: noon, kind: 'x' }]);
      expect(await harness.read(rollup.view)).toEqual([['2026-03-01 12:00:00', 'x', 2]]);
    });

    it('begins anew when its table was dropped and made anew', async () => {
      await harness.rollups.ensurePerMinute(rollup);
      await harness.insert(rollup.source, 'a', [{ time: noon, kind: 'x' }]);
      await harness.drop(rollup.source);
      await harness.createSource(rollup.source);
      await harness.rollups.ensurePerMinute(rollup);
      await harness.insert(rollup.source, 'a', [{ time: later, kind: 'y' }]);
      expect(await harness.read(rollup.view)).toEqual([['2026-03-01 12:01:00', 'y', 1]]);
    });

    it('names a table it does not have', async () => {
      const source = { ...rollup.source, table: 'nowhere' };
      await expect(harness.rollups.ensurePerMinute({ ...rollup, source })).rejects.toMatchObject({
        code: 'table.unknown',
      });
    });

    it.each([
      ['a time column that is no time', { timeColumn: 'kind' }],
      ['a time column that is not there', { timeColumn: 'no_time' }],
      ['a hostile column name', { groupColumn: 'kind`, now() FROM system.one; --' }],
    ])('refuses %s', async (_, wrong) => {
      await expect(harness.rollups.ensurePerMinute({ ...rollup, ...wrong })).rejects.toMatchObject({
        code: 'schema.invalid',
      });
    });

    it("leaves somebody else's table alone", async () => {
      const stranger = { ...rollup.view, table: `${rollup.view.table}_counts` };
      await harness.createStranger(stranger);
      await expect(harness.rollups.ensurePerMinute(rollup)).rejects.toMatchObject({ code: 'table.exists' });
      expect(await harness.read(stranger)).toEqual([[1]]);
    });

    it('says that the warehouse is not there', async () => {
      await expect(harness.unreachable.ensurePerMinute(rollup)).rejects.toMatchObject({
        code: 'warehouse.unreachable',
      });
    });
  });
}
