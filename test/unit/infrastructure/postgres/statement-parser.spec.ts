import { beforeAll, describe, expect, it } from 'vitest';
import { StatementParser } from '../../../../src/infrastructure/postgres/guarded/statement-parser.js';

let parser: StatementParser;
beforeAll(() => {
  parser = new StatementParser();
});

const names = (list: readonly { schema: string; name: string }[]): string[] =>
  list.map(({ schema, name }) => (schema === '' ? name : `${schema}.${name}`)).toSorted();

describe('what a statement is made of', () => {
  it('is found at any depth, by the names that are meant', async () => {
    const { kind, facts } = await parser.parse(`
      WITH c AS (SELECT lower(a) FROM s.t1 WHERE x = ANY (SELECT U&"up\\0070er"(b) FROM "T 2"))
      SELECT "F"(1), pg_catalog.abs(-1), x OPERATOR(s.+) 1, (r).field, c.col, y::s.kind, EXTRACT(year FROM z)
      FROM c, LATERAL gen(1) AS g, ROWS FROM (one(1), two(2)) AS rf
      ORDER BY 1 USING OPERATOR(pg_catalog.<)`);
    expect(kind).toBe('SelectStmt');
    expect(names(facts.functions)).toEqual(
      ['F', 'gen', 'lower', 'one', 'pg_catalog.abs', 'pg_catalog.extract', 'two', 'upper'].toSorted(),
    );
    expect(names(facts.relations)).toEqual(['T 2', 'c', 's.t1'].toSorted());
    expect(names(facts.operators)).toEqual(expect.arrayContaining(['s.+', 'pg_catalog.<', '=']));
    expect(names(facts.types)).toEqual(['s.kind']);
    expect(facts.attributes).toEqual(expect.arrayContaining(['field', 'col']));
    expect([...facts.statements]).toEqual(['SelectStmt']);
  });

  it('names what changes or locks, wherever it is', async () => {
    const { facts } = await parser.parse(
      'WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM (SELECT 1 FROM u FOR SHARE) x',
    );
    expect([...facts.statements].toSorted()).toEqual(['DeleteStmt', 'SelectStmt']);
    expect([facts.hasLock, facts.hasInto]).toEqual([true, false]);
    expect((await parser.parse('SELECT 1 INTO x')).facts.hasInto).toBe(true);
  });

  it.each([
    ['', 'there is no statement'],
    ['-- nothing', 'there is no statement'],
    [';', 'there is no statement'],
    ['SELECT 1; SELECT 2', 'more than one'],
    ['SELECT 1\0', 'zero character'],
    ['SELECT \ud800', 'Unicode'],
    ['x'.repeat(100_001), 'longer than'],
  ])('is not asked of %j', async (sql, why) => {
    await expect(parser.parse(sql)).rejects.toMatchObject({
      code: 'query.refused',
      message: expect.stringContaining(why),
    });
  });
});

describe('a masked statement', () => {
  it.each([
    [
      `SELECT 'a''b', E'c\\'d', U&'\\0041', $$e$$, $x$f$x$, 1, 2.5, x'1f', b'01' FROM t`,
      'SELECT ? , ? , ? , ? , ? , ? , ? , ? , ? FROM t',
    ],
    ['SELECT a -- secret\n FROM /* secret */ t WHERE b = $1', 'SELECT a FROM t WHERE b = $1'],
    [`ALTER ROLE x PASSWORD 'secret'`, 'ALTER ROLE x PASSWORD ?'],
    [`COPY t TO PROGRAM 'secret'`, 'COPY t TO PROGRAM ?'],
    [`DO $$ secret $$`, 'DO ?'],
    [`SELECT "Ä b", größe FROM "t"`, 'SELECT "Ä b" , größe FROM "t"'],
    [`SELECT 'not closed`, ''],
    ['SELECT 1\0', ''],
    ['', ''],
  ])('has no literal and no comment: %j', async (sql, masked) => {
    expect(await parser.masked(sql)).toBe(masked);
  });
});
