import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { engineOf, freshName } from './engine-of.js';

/** The table of the third seed, partitioned by month. */
export const SALES_DDL = `
  CREATE TABLE sales_report (
    sale_id int NOT NULL,
    product_id int NOT NULL,
    product_name varchar(255) NOT NULL,
    region varchar(100) NOT NULL,
    sales_date date NOT NULL,
    quantity_sold int NOT NULL,
    sales_amount decimal(10,2) NOT NULL,
    unit_price decimal(10,2) NOT NULL,
    PRIMARY KEY (sales_date, sale_id)
  ) PARTITION BY RANGE (sales_date);
  CREATE INDEX ON sales_report (product_name);
  CREATE INDEX ON sales_report (region)`;

/** The months of a year as partitions. */
export function monthsOfYear(year: number, table = 'sales_report'): string {
  return Array.from({ length: 12 }, (_, index) => {
    const first = new Date(Date.UTC(year, index, 1)).toISOString().slice(0, 10);
    const next = new Date(Date.UTC(year, index + 1, 1)).toISOString().slice(0, 10);
    const name = `${table}_${first.slice(0, 7).replace('-', '_')}`;
    return `CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${first}') TO ('${next}')`;
  }).join(';');
}

export interface SalesDatabase {
  readonly url: string;
  /** As the service holds it. */
  readonly pool: PostgresPool;
  /** Somebody else's connection. */
  readonly client: Client;
  /** Another one; closed with the database. */
  connect(): Promise<Client>;
  close(): Promise<void>;
}

/** A database of its own, with the service's tables in it, made by the migrations themselves. */
export async function salesDatabase(statementTimeoutMs = 30_000): Promise<SalesDatabase> {
  const endpoint = await engineOf('postgres');
  const database = freshName('sales');
  const admin = new Client({ connectionString: postgresUrl(endpoint) });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  // The user is called as the schema of the service: its own tables would land there.
  await admin.query(`ALTER DATABASE ${database} SET search_path = public`);
  await admin.end();
  const url = postgresUrl({ ...endpoint, database });
  const clients: Client[] = [];
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const client = await connect();
  const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner; // all that they use of it
  for (const migration of POSTGRES_MIGRATIONS) await new migration().up(runner);
  const pool = new PostgresPool(async () => ({ url }), { poolSize: 5, statementTimeoutMs });
  return {
    url,
    pool,
    client,
    connect,
    close: async () => {
      await pool.close();
      await Promise.all(clients.map((each) => each.end()));
    },
  };
}

/** The rows of a breakdown, or of any stream. */
export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
