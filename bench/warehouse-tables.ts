/** Loads into the warehouse tables over HTTP: JSON with ids against FastAPI and TypeORM, NDJSON against psql's \copy. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { DWH_ENTITIES } from '../src/infrastructure/postgres/entities/dwh-entities.js';
import { EventsPart } from '../src/infrastructure/postgres/entities/events-part.entity.js';
import { freePort, startScratchPostgres } from '../test/support/scratch-postgres.js';
import { copyLines, eventRows } from './support/dwh-rows.js';
import { Report } from './support/report.js';
import { type Contender, timed, way } from './support/rounds.js';
import { CLI, ended, listening, until } from './support/service.js';

const JSON_ROWS = [1000, 10_000, 50_000];
/** Of a round: small requests are made one after another, as one by itself tells of a process that has just begun. */
const ROUND_ROWS = 10_000;
const NDJSON_ROWS = 300_000;
/** A Python with fastapi, uvicorn, sqlalchemy and psycopg. */
const PYTHON = process.env['BENCH_PYTHON'] ?? 'python3';
const COLUMNS = Object.keys(eventRows(1)[0] ?? {}).join(', ');

const report = new Report('warehouse-tables');
const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
const postgres = await startScratchPostgres();
const client = new Client({ connectionString: postgres.url });
await client.connect();
const service = await startPenstock();
const source = new DataSource({ type: 'postgres', url: postgres.url, entities: DWH_ENTITIES });
await source.initialize();
const python = await startPython();
const psql = spawnSync('psql', ['--version'], { encoding: 'utf8' }).stdout?.trim() || 'absent';
report.peer('psql', psql);
try {
  for (const rows of JSON_ROWS) await json(rows);
  await ndjson();
} finally {
  for (const child of [service.child, python?.child]) if (child !== undefined) await ended(child);
  await source.destroy();
  await client.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
report.finish();

async function json(count: number): Promise<void> {
  const bodies = bodiesOf(count);
  const ours = 'Penstock, POST /dwh/events-part';
  const typeorm = 'TypeORM, repository.save of what was parsed, no HTTP';
  const [orm, core] = ['FastAPI, SQLAlchemy ORM', 'FastAPI, SQLAlchemy Core'];
  const remote = (role: 'ours' | 'peer', name: string, url: string, child: ChildProcess): Contender => ({
    role,
    name,
    run: () => emptied(() => timed(() => posted(url, bodies, count), child.pid ?? 0)),
  });
  const local = way('peer', typeorm, bodies.length * count, () => saved(bodies));
  const peers =
    python === undefined
      ? []
      : [
          remote('peer', orm, `${python.url}/orm`, python.child),
          remote('peer', core, `${python.url}/core`, python.child),
        ];
  const compared = python === undefined ? [typeorm] : [orm, core, typeorm];
  await report.compare(
    `JSON of ${count} rows, from the request to the ids${bodies.length > 1 ? `; ${bodies.length} requests, one after another` : ''}`,
    [
      remote('ours', ours, `${service.url}/dwh/events-part`, service.child),
      ...peers,
      { ...local, run: (round) => emptied(() => local.run(round)) },
    ],
    compared.map((by) => ({
      name: `JSON, ${count} rows, throughput of ${by}`,
      of: ours,
      by,
      what: 'throughput' as const,
      ...(by === orm && { target: 10, stretch: 15 }),
    })),
  );
}

/** Of the requests of a round, with so many rows each. */
function bodiesOf(count: number): string[] {
  const rows = eventRows(Math.max(count, ROUND_ROWS));
  return Array.from({ length: rows.length / count }, (_, n) =>
    JSON.stringify({ data: rows.slice(n * count, (n + 1) * count) }),
  );
}

async function posted(url: string, bodies: readonly string[], count: number): Promise<number> {
  for (const body of bodies) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { inserted_ids: ids } = (await response.json()) as { inserted_ids: number[] };
    if (!response.ok || ids.length !== count) throw new Error(`${url} answered ${response.status}.`);
  }
  return bodies.length * count;
}

async function saved(bodies: readonly string[]): Promise<void> {
  for (const body of bodies)
    await source.getRepository(EventsPart).save((JSON.parse(body) as { data: EventsPart[] }).data, { chunk: 1000 });
}

async function ndjson(): Promise<void> {
  const rows = eventRows(NDJSON_ROWS);
  const body = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = join(folder, 'rows.txt');
  await writeFile(file, copyLines(rows));
  const ours = 'Penstock, NDJSON';
  const limit = 'psql \\copy of the same rows, ids by default';
  const contenders: Contender[] = [
    {
      role: 'ours',
      name: ours,
      run: () =>
        emptied(() =>
          timed(async () => {
            const headers = { 'content-type': 'application/x-ndjson' };
            const response = await fetch(`${service.url}/dwh/events-part`, { method: 'POST', headers, body });
            const { count } = (await response.json()) as { count: number };
            return count;
          }, service.child.pid ?? 0),
        ),
    },
  ];
  if (psql !== 'absent') {
    const copy = way('limit', limit, NDJSON_ROWS, async () =>
      runPsql(`\\copy events_part (${COLUMNS}) from '${file}'`),
    );
    contenders.push({ ...copy, run: (round) => emptied(() => copy.run(round)) });
  }
  const comparison = {
    name: 'NDJSON, throughput of psql',
    of: ours,
    by: limit,
    what: 'throughput',
    target: 0.6,
    stretch: 0.8,
  } as const;
  await report.compare(`NDJSON of ${NDJSON_ROWS} rows`, contenders, psql === 'absent' ? [] : [comparison]);
}

/** Every way writes into the empty table. */
async function emptied<T>(work: () => Promise<T>): Promise<T> {
  await client.query('TRUNCATE events_part');
  return work();
}

async function runPsql(command: string): Promise<void> {
  const child = spawn('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-c', command, postgres.url], { stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`psql ended with ${String(code)}.`);
}

async function startPenstock(): Promise<{ child: ChildProcess; url: string }> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    PENSTOCK_HOME: join(folder, 'data'),
    PORT: '0',
    WORKERS: 'off',
    MAX_BODY_BYTES: '100000000',
    RATE_LIMIT_PER_MINUTE: '0',
    LOGGING_FORMAT: 'text',
    DWH_DATABASE_URL: postgres.url,
  };
  const started = await listening([CLI, 'serve'], environment);
  await until(async () => (await fetch(new URL('/health/ready', started.url))).ok);
  return started;
}

/** The peer where it can be run, with one worker, as Penstock has one. */
async function startPython(): Promise<{ child: ChildProcess; url: string } | undefined> {
  const versions = spawnSync(
    PYTHON,
    ['-c', 'import fastapi, sqlalchemy, psycopg, uvicorn; print(fastapi.__version__, sqlalchemy.__version__)'],
    { encoding: 'utf8' },
  );
  const found = versions.status === 0 ? versions.stdout.trim() : 'absent';
  report.peer('FastAPI, SQLAlchemy', found);
  if (found === 'absent') return undefined;
  const port = await freePort();
  const DATABASE = postgres.url.replace('postgres://', 'postgresql+psycopg://');
  const words = ['-m', 'uvicorn', 'fastapi_rows:app', '--port', String(port), '--log-level', 'warning'];
  const cwd = join(process.cwd(), 'bench', 'support');
  const child = spawn(PYTHON, words, {
    cwd,
    env: { ...process.env, DATABASE, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () =>
    fetch(url).then(
      () => true,
      () => false,
    ),
  );
  return { child, url };
}
