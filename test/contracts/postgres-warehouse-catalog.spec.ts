import { guardedDatabase, NOWHERE } from '../support/guarded-database.js';
import { warehouseCatalogContract } from './warehouse-catalog.contract.js';

warehouseCatalogContract('PostgreSQL (embedded)', async () => {
  const database = await guardedDatabase();
  return {
    catalog: database.catalog(),
    unreachable: database.catalog(NOWHERE),
    run: async (sql) => void (await database.admin.query(sql)),
    close: () => database.close(),
  };
});
