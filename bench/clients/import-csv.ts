/** Imports a file by the handler of the product, round by round; in a process of its own. */
import { open } from 'node:fs/promises';
import {
  ImportCsvCommand,
  ImportCsvHandler,
} from '../../src/application/sales-reporting/imports/import-csv.command.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';
import { SalesTotalsCompletion } from '../../src/infrastructure/postgres/sales/sales-totals-completion.js';
import { PostgresOwnTables } from '../../src/infrastructure/postgres/postgres-own-tables.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseImports } from '../../src/infrastructure/postgres/postgres-warehouse-imports.js';
import { YamlSchemaDocuments } from '../../src/infrastructure/yaml/yaml-schema-documents.js';
import { keepHeapLean } from '../../src/interfaces/cli/lean-heap.js';
import { clientArgument, serveRounds } from '../support/client-process.js';
import { timed } from '../support/rounds.js';

const READ_BYTES = 262_144;
const { url, path, table, schema } = clientArgument() as { url: string; path: string; table: string; schema: string };

keepHeapLean();
const pool = new PostgresPool(async () => ({ url }), { poolSize: 2, statementTimeoutMs: 30_000 });
const parts = { pool, ownTables: new PostgresOwnTables(pool, undefined), completion: new SalesTotalsCompletion(pool) };
const clock = new SystemClock();
const imports = new PostgresWarehouseImports({ ...parts, clock });
const handler = new ImportCsvHandler(imports, new YamlSchemaDocuments(), clock, new UnobservedMetrics());

serveRounds(
  () =>
    timed(async () => {
      const source = { name: 'bench.csv', isRepeatable: true, open: () => bytesOf(path) };
      const { rows } = await handler.execute(new ImportCsvCommand({ table, source, schema, force: true }));
      return rows;
    }),
  () => pool.close(),
);

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, null);
    if (bytesRead === 0) break;
    yield buffer.subarray(0, bytesRead);
  }
  await handle.close();
}
