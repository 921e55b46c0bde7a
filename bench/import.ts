/** A validated import with bad rows, against COPY of the clean file, and against how it was done before. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { SupervisedEngines } from '../src/infrastructure/embedded/supervised-engines.js';
import { migrateOwnTables } from '../src/infrastructure/postgres/migrate-own-tables.js';
import { startClient } from './support/client-process.js';
import { endedChildrenCpuMs, peakRssMb } from './support/process-figures.js';
import { Report } from './support/report.js';
import type { Contender, Figures, Role } from './support/rounds.js';
import { SALES_SCHEMA, salesTable, writeSales } from './support/sales-file.js';

const rowsAt = process.argv.indexOf('--rows');
const ROWS = rowsAt < 0 ? 500_000 : Number(process.argv[rowsAt + 1]);
const BAD_SHARE = 0.01;
const TABLE = 'bench_sales';
const LOOK_MS = 20;

const report = new Report('import');
const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
await chmod(folder, 0o711);
const file = (name: string): string => join(folder, name);
await writeSales(file('before.csv'), { rows: ROWS, from: 10 * ROWS });
await writeSales(file('clean.csv'), { rows: ROWS });
await writeSales(file('bad.csv'), { rows: ROWS, badShare: BAD_SHARE });
const engines = new SupervisedEngines({ home: join(folder, 'home'), startTimeoutMs: 120_000 });
const endpoint = await engines.endpoint('postgres');
await migrateOwnTables(async () => endpoint);
const database = new Client({ connectionString: endpoint.url });
await database.connect();
const python = process.env['BENCH_PYTHON'] ?? 'python3';
const found = peers();

const ours = await startClient('import-csv', {
  url: endpoint.url,
  path: file('bad.csv'),
  table: TABLE,
  schema: SALES_SCHEMA,
});
const copy = found.psql
  ? undefined
  : await startClient('copy-csv', { url: endpoint.url, path: file('clean.csv'), table: TABLE, rows: ROWS });
const limit = found.psql ? 'psql \\copy of the clean file' : 'COPY of the clean file, by pg-copy-streams';
const us = 'Penstock, 1 % of the rows bad';

await report.compare(`${ROWS} rows into empty partitions with three indexes`, await emptyWays(), [
  {
    name: 'import into empty partitions, speed of COPY',
    of: us,
    by: limit,
    what: 'throughput',
    target: 2,
    stretch: 2.86,
  },
  ...(found.pandas
    ? [{ name: 'import, speed of pandas', of: us, by: 'pandas', what: 'throughput', target: 5 } as const]
    : []),
  ...(found.psycopg
    ? [{ name: 'import, speed of row by row', of: us, by: 'Python row by row', what: 'throughput' } as const]
    : []),
  ...(found.pgloader
    ? [{ name: 'import, speed of pgloader', of: us, by: 'pgloader', what: 'throughput', target: 12 } as const]
    : []),
]);
await report.compare(`${ROWS} rows into partitions that hold as many`, filledWays(), [
  {
    name: 'import into filled partitions, speed of COPY',
    of: us,
    by: limit,
    what: 'throughput',
    target: 1.11,
    stretch: 1.82,
  },
]);
await ours.stop();
await copy?.stop();
await database.end();
await engines.stop();
await engines.close();
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
report.finish();

async function emptyWays(): Promise<Contender[]> {
  const program = (role: Role, name: string, words: readonly string[]): Contender =>
    after(empty, role, name, () => timedProgram(words));
  return [
    limitWay(empty),
    after(empty, 'ours', us, (round) => ours.run(round)),
    ...(found.pandas ? [program('peer', 'pandas', seedWay('pandas'))] : []),
    ...(found.psycopg ? [program('peer', 'Python row by row', seedWay('rows'))] : []),
    ...(found.pgloader ? [program('peer', 'pgloader', pgloader())] : []),
  ];
}

function filledWays(): Contender[] {
  return [limitWay(filled), after(filled, 'ours', us, (round) => ours.run(round))];
}

function limitWay(prepare: () => Promise<void>): Contender {
  const words = ['psql', '-q', endpoint.url, '-c', `\\copy ${TABLE} from '${file('clean.csv')}' csv header`];
  return after(prepare, 'limit', limit, (round) => copy?.run(round) ?? timedProgram(words));
}

/** The table is made anew before each run, outside of its time. */
function after(
  prepare: () => Promise<void>,
  role: Role,
  name: string,
  run: (round: number) => Promise<Figures>,
): Contender {
  return {
    role,
    name,
    run: async (round) => {
      await prepare();
      return run(round);
    },
  };
}

async function empty(): Promise<void> {
  await database.query(salesTable(TABLE));
  await database.query('CHECKPOINT');
}

async function filled(): Promise<void> {
  await empty();
  const words = `COPY ${TABLE} FROM '${file('before.csv')}' (FORMAT csv, HEADER)`;
  await database.query(words);
  await database.query(`ANALYZE ${TABLE}; CHECKPOINT`);
}

/** A program from its start to its end. */
async function timedProgram([command = '', ...words]: readonly string[]): Promise<Figures> {
  const [cpuBefore, begun] = [endedChildrenCpuMs(), performance.now()];
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, rssOf(child.pid ?? 0))), LOOK_MS);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ended with ${code}.`);
  return { items: ROWS, wallMs: performance.now() - begun, cpuMs: endedChildrenCpuMs() - cpuBefore, peakRssMb: peak };
}

function rssOf(pid: number): number {
  try {
    return peakRssMb(pid) || 0;
  } catch {
    return 0; // it has ended
  }
}

function seedWay(way: string): string[] {
  return [python, resolve('bench/support/seed-way.py'), way, endpoint.url, file('bad.csv'), TABLE];
}

function pgloader(): string[] {
  const options = ['--type', 'csv', '--with', 'skip header = 1', '--with', "fields terminated by ','"];
  return ['pgloader', ...options, file('clean.csv'), `${endpoint.url}?tablename=${TABLE}`];
}

function peers(): Record<'psql' | 'pandas' | 'psycopg' | 'pgloader', boolean> {
  const runs = (command: string, ...words: string[]): boolean =>
    spawnSync(command, words, { stdio: 'ignore' }).status === 0;
  const here = {
    psql: runs('psql', '--version'),
    psycopg: runs(python, '-c', 'import psycopg2'),
    pandas: runs(python, '-c', 'import pandas, psycopg2'),
    pgloader: runs('pgloader', '--version'),
  };
  for (const [name, isHere] of Object.entries(here)) report.peer(name, isHere ? 'found' : 'not on this machine');
  return here;
}
