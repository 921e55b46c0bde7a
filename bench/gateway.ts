/** Schemas, samples and guarded statements over HTTP, against the same SQL without a guard and against the document's way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../test/support/scratch-postgres.js';
import { httpLoad } from './support/http-load.js';
import { cpuMs, peakRssMb } from './support/process-figures.js';
import { Report } from './support/report.js';
import { type Contender, type Figures, quantile, type Role } from './support/rounds.js';
import { CLI, ended, listening, until } from './support/service.js';

const CLIENTS = 32;
const CONNECTIONS = 16;
const FLASK = 'peer: Flask, gunicorn with 4 workers, a connection for each request';
const OURS = 'Penstock';
const BARE = 'limit: Fastify and pg, the same SQL';
const ALONE = 'limit: Fastify and pg, the statement alone';

interface Server {
  readonly role: Role;
  readonly name: string;
  readonly url: string;
  /** Put before each path. */
  readonly prefix?: string;
  readonly pid: number | undefined;
}

interface Route {
  readonly path: string;
  readonly body: object;
  /** Of one round; the slow peer gets fewer, for it is rates that are compared. */
  readonly requests: number;
}

const ROUTES: readonly Route[] = [
  { path: '/get/schemas', body: { table_names: ['customers', 'orders', 'lines'] }, requests: 2000 },
  { path: '/get/data', body: { table_names: ['orders'], limit: 10 }, requests: 1000 },
  {
    path: '/execute/query',
    body: { query: 'SELECT id, customer_id, price, noted FROM orders WHERE customer_id = $1 LIMIT 10', params: [77] },
    requests: 2000,
  },
];
const SLOW_SHARE = 0.1;

const report = new Report('gateway');
const home = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  PENSTOCK_HOME: join(home, 'data'),
  PORT: '0',
  LOGGING_LEVEL: 'ERROR',
  LOGGING_FORMAT: 'text',
  WORKERS: 'off',
};
const children: ChildProcess[] = [];
try {
  const servers = await start();
  for (const route of ROUTES) await compare(route, servers);
} finally {
  await Promise.all(children.map(ended));
  await promisify(execFile)(process.execPath, [CLI, 'engines', 'stop'], { env: environment });
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
}
report.finish();

async function start(): Promise<Server[]> {
  const limits = {
    RATE_LIMIT_PER_MINUTE: '0',
    GUARDED_SQL_PER_KEY: String(CONNECTIONS),
    GUARDED_SQL_POOL_SIZE: String(CONNECTIONS),
  };
  // Its first line says where it listens, so its log may not be silent.
  const own = await listening([CLI, 'serve'], { ...environment, ...limits, LOGGING_LEVEL: 'INFO' });
  children.push(own.child);
  await until(async () => (await fetch(new URL('/health/ready', own.url))).ok);
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'engines', '--json'], { env: environment });
  const { postgres } = JSON.parse(stdout) as { postgres: { url: string } };
  await fill(postgres.url);
  const script = join(import.meta.dirname, 'clients', 'bare-gateway.js');
  const bare = await listening([script, JSON.stringify({ url: postgres.url, connections: CONNECTIONS })], environment);
  children.push(bare.child);
  const flask = await startFlask(postgres.url);
  return [
    { role: 'limit', name: BARE, url: bare.url, pid: bare.child.pid },
    { role: 'limit', name: ALONE, url: bare.url, prefix: '/alone', pid: bare.child.pid },
    { role: 'ours', name: OURS, url: own.url, pid: own.child.pid },
    ...(flask === undefined ? [] : [flask]),
  ];
}

async function fill(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, email text UNIQUE, since date DEFAULT current_date);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, price numeric(12,2) NOT NULL DEFAULT 0,
      noted timestamptz NOT NULL DEFAULT now(), state text, tags text[]);
    CREATE TABLE lines (order_id bigint REFERENCES orders, n integer, product text, quantity integer, price numeric(12,2), PRIMARY KEY (order_id, n));
    COMMENT ON TABLE orders IS 'One row each';
    INSERT INTO customers SELECT i, 'Customer ' || i, i || '@example.com' FROM generate_series(1, 1000) i;
    INSERT INTO orders SELECT i, 1 + i % 1000, i * 0.01, now() - i * interval '1 minute', 'done', '{a,b}' FROM generate_series(1, 100000) i;
    CREATE INDEX ON orders (customer_id);
    ANALYZE`);
  await client.end();
}

/** Python's packages go into a folder of their own; where they cannot be had, the peer is not there. */
async function startFlask(url: string): Promise<Server | undefined> {
  const folder = join(home, 'python');
  try {
    await promisify(execFile)('python3', ['-m', 'venv', folder]);
    await promisify(execFile)(join(folder, 'bin', 'pip'), ['install', '-q', 'flask', 'gunicorn', 'psycopg2-binary']);
  } catch {
    report.peer('Flask', 'not installed');
    return undefined;
  }
  const port = await freePort();
  const words = ['-w', '4', '-b', `127.0.0.1:${port}`, '--chdir', resolve('bench/clients'), 'gateway_flask:app'];
  const child = spawn(join(folder, 'bin', 'gunicorn'), words, {
    env: { ...environment, DATABASE_URL: url },
    stdio: 'ignore',
  });
  children.push(child);
  const at = `http://127.0.0.1:${port}`;
  await until(() =>
    fetch(at).then(
      () => true,
      () => false,
    ),
  );
  report.peer('Flask', 'installed from the package index');
  // Its work is done by processes of its own.
  return { role: 'peer', name: FLASK, url: at, pid: undefined };
}

async function compare({ path, body, requests }: Route, servers: readonly Server[]): Promise<void> {
  const times = new Map<string, number[][]>();
  const taking = servers.filter(({ prefix }) => prefix === undefined || path === '/execute/query');
  const contenders = taking.map((server): Contender => {
    const each: number[][] = [];
    times.set(server.name, each);
    const load = { url: server.url, path: `${server.prefix ?? ''}${path}`, body, clients: CLIENTS };
    const share = server.role === 'peer' ? SLOW_SHARE : 1;
    return {
      role: server.role,
      name: server.name,
      run: () =>
        timedLoad(
          server.pid,
          async () => each[each.push(await httpLoad({ ...load, requests: requests * share })) - 1] ?? [],
        ),
    };
  });
  const against = (by: string, target?: number, stretch?: number) =>
    taking.some(({ name }) => name === by)
      ? [
          {
            name: `${path}, ${by.replace(/^\w+: /, 'rate of ')}`,
            of: OURS,
            by,
            what: 'throughput' as const,
            ...(target && { target }),
            ...(stretch && { stretch }),
          },
        ]
      : [];
  await report.compare(`POST ${path}, ${CLIENTS} clients`, contenders, [
    ...against(BARE, 0.7, 0.85),
    ...against(ALONE),
    ...against(FLASK, 4, 8),
  ]);
  addLatencies(path, times);
}

async function timedLoad(pid: number | undefined, run: () => Promise<number[]>): Promise<Figures> {
  const [cpuBefore, begun] = [pid === undefined ? Number.NaN : cpuMs(pid), performance.now()];
  const answers = await run();
  const wallMs = performance.now() - begun;
  const figures =
    pid === undefined
      ? { cpuMs: Number.NaN, peakRssMb: Number.NaN }
      : { cpuMs: cpuMs(pid) - cpuBefore, peakRssMb: peakRssMb(pid) };
  return { items: answers.length, wallMs, ...figures };
}

/** Over all rounds but the one that warms up. */
function addLatencies(path: string, times: ReadonlyMap<string, readonly number[][]>): void {
  const rows = [...times].map(([way, rounds]) => {
    const all = rounds.slice(1).flat();
    const at = (share: number): number => Number(quantile(all, share).toFixed(2));
    return { way, requests: all.length, 'p50 ms': at(0.5), 'p99 ms': at(0.99) };
  });
  const all = times.get(OURS)?.slice(1) ?? [];
  const each = all.map((round) => quantile(round, 0.99));
  const ratios = [
    {
      name: `${path}, p99 in ms`,
      value: quantile(each, 0.5),
      spread: [Math.min(...each), Math.max(...each)] as const,
      better: 'lower' as const,
      target: 5,
    },
  ];
  report.add({ title: `POST ${path}, latency at ${CLIENTS} clients`, rows, ratios });
}
