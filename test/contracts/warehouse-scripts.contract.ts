import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarehouseScripts } from '../../src/domain/ports/warehouse-scripts.port.js';
import { freshName } from '../support/engine-of.js';

export interface WarehouseScriptsHarness {
  readonly scripts: WarehouseScripts;
  readonly unreachable: WarehouseScripts;
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** What every WarehouseScripts adapter promises. */
export function warehouseScriptsContract(engine: string, open: () => Promise<WarehouseScriptsHarness>): void {
  describe(`WarehouseScripts on ${engine}`, () => {
    let at: WarehouseScriptsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());
    const exists = async (name: string): Promise<boolean> =>
      (await at.query(`SELECT to_regclass('${name}') IS NOT NULL AS found`))[0]!['found'] === true;

    it('runs all statements in order, whatever stands in texts, bodies and comments', async () => {
      const name = freshName('script');
      const sql = `
        /* ; /* nested ; */ */ CREATE TABLE ${name} (text text DEFAULT 'a;b--');
        INSERT INTO ${name} VALUES (DEFAULT), ('it''s; "q"'), ($$;$$), ($tag$ ; $$ $tag$);
        CREATE FUNCTION ${name}_f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;
        DO $$ BEGIN PERFORM ${name}_f(); END $$ -- no semicolon at the end`;
      expect(await at.scripts.run(sql)).toBe(4);
      expect(await at.query(`SELECT text FROM ${name} ORDER BY text`)).toHaveLength(4);
    });

    it.each<[string, RegExp]>([
      ['SELECT 1;\n\nSELECT nope;\n', /Line 3: SELECT nope/],
      ["SELECT 1;\nSELECT\n 'é',\n nope;\n", /Line 4: /],
      ['SELECT 1;\n/* a\n b */ SELECT 1/0;\n', /Line 3: .*22012/],
      ['SELECT 1;\nSELEC 1;\n', /Line 2: a syntax error/],
      ["SELECT 'é';\n\\copy t from x\n", /Line 2: a command of psql/],
      ['SELECT 1;\nCOMMIT;\n', /Line 2: .*transaction/],
      ['SELECT 1;\nCOPY t FROM STDIN;\n', /Line 2: COPY FROM STDIN/],
      ['SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a);\n', /Line 2: .*25001/],
      ['', /no statements/],
      [' -- only this\n;;', /no statements/],
    ])('keeps nothing of %j, and names the line', async (rest, words) => {
      const name = freshName('script');
      const sql = rest.replace('SELECT 1;', `CREATE TABLE ${name} (a int);`).replaceAll(' t ', ` ${name} `);
      await expect(at.scripts.run(sql)).rejects.toMatchObject({
        code: 'script.failed',
        message: expect.stringMatching(words),
      });
      expect(await exists(name)).toBe(false);
    });

    it('keeps nothing when a constraint fails at the very end', async () => {
      const name = freshName('script');
      const sql = `CREATE TABLE ${name} (a int PRIMARY KEY, b int REFERENCES ${name} DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO ${name} VALUES (1, 2);`;
      await expect(at.scripts.run(sql)).rejects.toMatchObject({ code: 'script.failed' });
      expect(await exists(name)).toBe(false);
    });

    it('says that the database is unreachable', async () => {
      await expect(at.unreachable.run('SELECT 1')).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
