import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Client, type ClientBase } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ImportCsvCommand,
  ImportCsvHandler,
} from '../../src/application/sales-reporting/imports/import-csv.command.js';
import { PenstockError } from '../../src/domain/errors.js';
import type { RowBatch } from '../../src/domain/ports/warehouse-imports.port.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseImports } from '../../src/infrastructure/postgres/postgres-warehouse-imports.js';
import { YamlSchemaDocuments } from '../../src/infrastructure/yaml/yaml-schema-documents.js';
import { freshName } from '../support/engine-of.js';
import { migratedPostgres } from '../support/migrated-postgres.js';

const MONTHS = 4;
const ROWS = 40_000;
/** The class of locks on stages. */
const STAGES = 0x73746167;
/** A stage that a process has left which died between its two commits. */
const LEFT = 'penstock_import_00c0ffee_0';

/** Rows of each month together, as a scanned segment has them. */
function rowsOfMonths(): RowBatch {
  const groups = [];
  const lines: string[] = [];
  let start = 0;
  for (let month = 1; month <= MONTHS; month += 1) {
    const part = Array.from({ length: ROWS / MONTHS }, (_, n) => `${n},2025-0${month}-10,name ${n % 7}\n`);
    const stop = start + Buffer.byteLength(part.join(''));
    const place = { from: 20_250_001 + 100 * month, to: 20_250_101 + 100 * month };
    groups.push({ place, start, stop, rows: part.length });
    lines.push(...part);
    start = stop;
  }
  return { bytes: Buffer.from(lines.join('')), length: start, rows: lines.length, groups };
}

describe('stages of an import', () => {
  let url: string;
  let other: Client;
  let table: string;
  const pools: PostgresPool[] = [];
  const importsWith = (loaded: (client: ClientBase) => Promise<void>, longPoolSize = 4): PostgresWarehouseImports => {
    const pool = new PostgresPool(async () => ({ url }), { poolSize: 2, longPoolSize, statementTimeoutMs: 20_000 });
    pools.push(pool);
    const completion = { standsInFor: [], loaded, committed: async () => undefined };
    return new PostgresWarehouseImports({ pool, completion, clock: new SystemClock() });
  };
  const nothing = async (): Promise<void> => undefined;
  const outcome = { verdict: 'keep', bytes: 1, rows: ROWS, imported: ROWS, rejected: 0 } as const;
  const importInto = (imports: PostgresWarehouseImports, meanwhile = nothing, signal?: AbortSignal) =>
    imports.run(
      {
        id: randomUUID(),
        table,
        source: 'file.csv',
        columns: ['id', 'day', 'name'],
        delimiter: ',',
        isForced: false,
        isRepeatable: true,
        startedAtMs: Date.now(),
        ...(signal !== undefined && { signal }),
      },
      async (session) => {
        await session.write(rowsOfMonths());
        await meanwhile();
        return { ...outcome, sha256: randomUUID() };
      },
    );
  const count = async (): Promise<number> =>
    Number((await other.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n);
  const stages = async (): Promise<string[]> => {
    const { rows } = await other.query<{ relname: string }>(
      `SELECT relname FROM pg_class WHERE relname LIKE 'penstock\\_import\\_%' AND relkind IN ('r', 'p') ORDER BY 1`,
    );
    return rows.map(({ relname }) => relname);
  };
  const connectionsAtWork = async (): Promise<number> => {
    const { rows } = await other.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%COPY%'`,
    );
    return rows[0]?.n ?? 0;
  };

  beforeAll(async () => {
    url = `${await migratedPostgres()}?options=-csearch_path%3Dpublic`;
    other = new Client({ connectionString: url });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await Promise.all(pools.map((pool) => pool.close()));
  });
  beforeEach(async () => {
    table = freshName('sales');
    const partitions = Array.from(
      { length: MONTHS },
      (_, n) =>
        `CREATE TABLE ${table}_${n} PARTITION OF ${table} FOR VALUES FROM ('2025-0${n + 1}-01') TO ('2025-0${n + 2}-01')`,
    );
    await other.query(`CREATE TABLE ${table} (id integer, day date, name text NOT NULL DEFAULT 'x', PRIMARY KEY (day, id))
      PARTITION BY RANGE (day); CREATE INDEX ON ${table} (name); ${partitions.join('; ')}`);
  });

  it('are filled over two connections, and nobody sees rows or tables before the end', async () => {
    const seen: unknown[] = [];
    const look = async (): Promise<void> => {
      seen.push(await connectionsAtWork(), await count(), await stages());
    };
    await importInto(importsWith(nothing), look);
    expect(seen).toEqual([2, 0, []]);
    expect([await count(), await stages()]).toEqual([ROWS, []]);
    const { rows } = await other.query(
      `SELECT count(*)::int AS n FROM pg_constraint WHERE conrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '${table}'::regclass) AND contype = 'c'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('are filled over one connection where no other is to spare', async () => {
    const seen: unknown[] = [];
    await importInto(importsWith(nothing, 2), async () => void seen.push(await connectionsAtWork()));
    expect([seen, await count(), await stages()]).toEqual([[1], ROWS, []]);
  });

  it('leave nothing where the import fails when all is attached', async () => {
    const failing = importsWith(() => Promise.reject(new PenstockError('internal.defect', 'No.')));
    await expect(importInto(failing)).rejects.toThrow('No.');
    expect([await count(), await stages()]).toEqual([0, []]);
  });

  it('leave nothing where the connection of the import is lost when all is attached', async () => {
    const killed = importsWith(async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await client.query('SELECT pg_sleep(1)');
    });
    await expect(importInto(killed)).rejects.toMatchObject({ code: 'database.unreachable' });
    expect([await count(), await stages()]).toEqual([0, []]);
  });

  it('leave nothing where the second connection is lost', async () => {
    const cut = async (): Promise<void> => {
      await other.query(`SELECT pg_terminate_backend(max(pid)) FROM (
        SELECT pid, row_number() OVER (ORDER BY backend_start DESC) AS n FROM pg_stat_activity
        WHERE state = 'idle in transaction' AND query LIKE '%COPY%') AS last WHERE n = 1`);
    };
    await expect(importInto(importsWith(nothing), cut)).rejects.toMatchObject({ code: 'database.unreachable' });
    expect([await count(), await stages()]).toEqual([0, []]);
  });

  it('are not seen half by who reads while partitions change places', async () => {
    const reader = new Client({ connectionString: url });
    await reader.connect();
    const seen: number[] = [];
    const over = new AbortController();
    const reading = (async () => {
      while (!over.signal.aborted) {
        const { rows } = await reader.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
        seen.push(Number(rows[0]?.n));
      }
    })();
    await importInto(importsWith(nothing));
    over.abort();
    await reading;
    await reader.end();
    expect([...new Set(seen)].filter((rows) => rows !== 0 && rows !== ROWS)).toEqual([]);
  });

  it('tell the lines of all bad rows, whatever way rows took: refused by a check, and keys that come twice', async () => {
    await other.query(`ALTER TABLE ${table} ADD CHECK (name <> 'nobody')`);
    const lines = Array.from(
      { length: 60_000 },
      (_, n) => `${n},2025-0${(n % MONTHS) + 1}-10,a name that is rather long ${n}`,
    );
    const bad = new Map([
      [101, '100,2025-02-10,nobody'],
      [40_002, '40002,2025-03-10,nobody'],
      [40_003, '3,2025-04-10,a key of the beginning'],
      [50_000, '40004,2025-01-10,a key of the same part of the file'],
      [50_001, '40002,2025-03-10,the first one with this key that the table takes'],
      [59_999, '40002,2025-03-10,the second one'],
    ]);
    for (const [place, line] of bad) lines[place] = line;
    const bytes = Buffer.from(`id,day,name\n${lines.join('\n')}\n`);
    const source = { name: 'f', isRepeatable: true, open: () => Readable.from([bytes], { objectMode: true }) };
    const imports = importsWith(nothing);
    const handler = new ImportCsvHandler(
      imports,
      new YamlSchemaDocuments(),
      new SystemClock(),
      new UnobservedMetrics(),
    );
    const schema = 'id: int\nday: date\nname: str\n';
    const receipt = await handler.execute(new ImportCsvCommand({ table, source, schema, errorTable: `${table}_bad` }));
    const rejected = receipt.firstErrors.map(({ line, rule }) => [line - 2, rule]);
    expect(rejected).toEqual([
      [101, 'check'],
      [40_002, 'check'],
      [40_003, 'unique'],
      [50_000, 'unique'],
      [59_999, 'unique'],
    ]);
    expect([await count(), await stages()]).toEqual([lines.length - rejected.length, []]);
    const { rows } = await other.query(`SELECT raw_record FROM ${table}_bad ORDER BY line_number`);
    expect(rows).toEqual(rejected.map(([place]) => ({ raw_record: lines[Number(place)] })));
    expect((await other.query(`SELECT name FROM ${table} WHERE id = 40002`)).rows).toEqual([
      { name: 'the first one with this key that the table takes' },
    ]);
  });

  it('that a dead process left are dropped by the next import, those of one that lives are not', async () => {
    await other.query(`CREATE TABLE ${LEFT} (a int, CONSTRAINT penstock_bound CHECK (true));
      CREATE TABLE penstock_import_00000007 (a int) PARTITION BY RANGE (a);
      CREATE TABLE penstock_import_mine (a int, CONSTRAINT penstock_bound CHECK (true));
      CREATE TABLE penstock_import_00000009_1 (a int)`);
    // The number of the stage under the lock of stages: somebody is at work on it.
    await other.query('SELECT pg_advisory_lock($1, 7)', [STAGES]);
    await importInto(importsWith(nothing));
    const kept = ['penstock_import_00000007', 'penstock_import_00000009_1', 'penstock_import_mine'];
    expect(await stages()).toEqual(kept);
    await other.query('SELECT pg_advisory_unlock_all()');
    await importInto(importsWith(nothing)).catch(() => undefined);
    expect(await stages()).toEqual(kept.slice(1));
    await other.query(`DROP TABLE ${kept.slice(1).join(', ')}`);
  });
});
