import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ColumnType, DWH_TABLES } from '../../src/domain/warehouse-loading/dwh-tables.js';
import { DWH_ENTITIES } from '../../src/infrastructure/postgres/entities/dwh-entities.js';
import { migratedPostgres } from '../support/migrated-postgres.js';

const POSTGRES_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  boolean: 'boolean',
  json: 'jsonb',
  timestamp: 'timestamp with time zone',
};

let source: DataSource;
beforeAll(async () => {
  source = new DataSource({ type: 'postgres', url: await migratedPostgres(), entities: DWH_ENTITIES });
  await source.initialize();
});
afterAll(() => source.destroy());

describe('the seven tables', () => {
  it('are the same to the migrations and to TypeORM: it would change nothing', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('are the same to TypeORM and to dwh-tables.ts, column by column', () => {
    const ofEntities = source.entityMetadatas.map(({ tableName, columns }) => ({
      table: tableName,
      columns: columns.map((column) => ({
        name: column.databaseName,
        type: source.driver.normalizeType(column),
        isNullable: column.isNullable,
        isPrimary: column.isPrimary,
      })),
    }));
    const ofList = DWH_TABLES.map(({ table, key, columns }) => ({
      table,
      columns: [
        { name: 'id', type: 'bigint', isNullable: false, isPrimary: key === undefined },
        ...columns.map(({ name, type }) => ({
          name,
          type: POSTGRES_TYPES[type],
          isNullable: name !== key,
          isPrimary: name === key,
        })),
      ],
    }));
    const byName = (a: { table: string }, b: { table: string }): number => (a.table < b.table ? -1 : 1);
    expect(ofEntities.sort(byName)).toEqual(ofList.sort(byName));
  });

  it('take and give rows through repositories, with ids from the same sequence', async () => {
    const locations = source.getRepository('UserLocations');
    const [row] = await locations.save([{ uuid: 'entity', city: 'Lyon', location_lat: 45.75 }]);
    expect(await locations.findOneBy({ uuid: 'entity' })).toMatchObject({ city: 'Lyon', location_lat: 45.75 });
    expect(Number(row?.['id'])).toBeGreaterThan(0);
  });
});
