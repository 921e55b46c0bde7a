/**
 * The three routes with nothing but Fastify and pg: the same SQL, no guard. `/alone/execute/query` runs the caller's
 * statement and no other; `/execute/query` also those that Penstock sends around it, one after another.
 */
import Fastify from 'fastify';
import { Pool } from 'pg';
import { tableReference } from '../../src/domain/workflow-gateway/table-reference.js';
import { foundValues, SCHEMAS } from '../../src/infrastructure/postgres/guarded/catalog-queries.js';
import { insertAudit } from '../../src/infrastructure/postgres/guarded/audit-rows.js';
import { openTransaction } from '../../src/infrastructure/postgres/guarded/guarded-transaction.js';
import { clientArgument } from '../support/client-process.js';

interface Argument {
  readonly url: string;
  readonly connections: number;
}

interface Body {
  readonly table_names: string[];
  readonly limit: number;
  readonly query: string;
  readonly params: unknown[];
}

const ENTRY = {
  requestId: 'bench',
  caller: 'bench',
  engine: 'postgres',
  mode: 'read',
  isDryRun: false,
  statement: 'SELECT ?',
  sha256: 'a'.repeat(64),
  parameterTypes: [],
  outcome: 'ok',
  rows: 1,
  durationMs: 1,
} as const;

const { url, connections } = clientArgument() as Argument;
const pool = new Pool({ connectionString: url, max: connections });
const opening = openTransaction('read', {
  statementTimeoutMs: 30_000,
  lockTimeoutMs: 5000,
  tempBytes: 1_000_000_000,
});
const app = Fastify();

app.post('/get/schemas', async (request) => {
  const { table_names } = request.body as Body;
  const tables = table_names.flatMap((name) => tableReference(name) ?? []);
  const { rows } = await pool.query<{ n: number; json_build_object: unknown }>(SCHEMAS, foundValues(tables));
  const schemas = Object.fromEntries(rows.map((row) => [table_names[row.n], row.json_build_object]));
  return { status: 'success', schemas, unknown_tables: [] };
});

app.post('/get/data', async (request) => {
  const { table_names, limit } = request.body as Body;
  const data: Record<string, unknown[]> = {};
  for (const name of table_names) {
    const { rows: sizes } = await pool.query<{ pages: string }>(
      `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::integer AS pages`,
      [name],
    );
    const percent = Math.min(100, (100 * 32) / Number(sizes[0]?.pages));
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { rows } = await pool.query<Record<string, unknown>>(
      `SELECT t.* FROM ${name} AS t TABLESAMPLE SYSTEM (${percent}) REPEATABLE (${seed})
       ORDER BY hashtextextended(t.tableoid::text || t.ctid::text, ${seed}) LIMIT ${limit}`,
    );
    data[name] = rows;
  }
  return { status: 'success', data, unknown_tables: [] };
});

app.post('/alone/execute/query', async (request) => {
  const { query, params } = request.body as Body;
  const { rows } = await pool.query<Record<string, unknown>>(query, params);
  return { status: 'success', rows, row_count: rows.length };
});

app.post('/execute/query', async (request) => {
  const { query, params } = request.body as Body;
  const client = await pool.connect();
  try {
    for (const { text } of opening) await client.query(text);
    const { rows } = await client.query<Record<string, unknown>>(query, params);
    await client.query('COMMIT');
    const { text, values } = insertAudit([ENTRY]);
    await client.query(text, [...values]);
    return { status: 'success', rows, row_count: rows.length };
  } finally {
    client.release();
  }
});

process.stdout.write(`listens on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
