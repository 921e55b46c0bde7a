/** Reports of sales at the HTTP client against the queries of the document, and what keeping totals costs an import. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { seededRandom } from '../src/domain/shared/seeded-random.js';
import { Report } from './support/report.js';
import { type Contender, quantile, timed } from './support/rounds.js';
import { CLI, type Service, startService } from './support/service.js';

const flag = process.argv.indexOf('--rows');
const ROWS = flag < 0 ? 2_000_000 : Number(process.argv[flag + 1]);
const [PRODUCTS, REGIONS] = [1000, 5];
const IMPORTED = 500_000;
const REQUESTS = 1000;
/** Right behind a change, while totals are kept anew. */
const REQUESTS_BEHIND = 200;
/** Before those that count: what is compiled and prepared once, is then. */
const WARM_UP = 50;
/** Of the document's queries over everything, which take seconds. */
const SLOW_RUNS = 3;

const DDL = `CREATE TABLE NAME (
  sale_id int NOT NULL, product_id int NOT NULL, product_name varchar(255) NOT NULL, region varchar(100) NOT NULL,
  sales_date date NOT NULL, quantity_sold int NOT NULL, sales_amount decimal(10,2) NOT NULL, unit_price decimal(10,2) NOT NULL
) PARTITION BY RANGE (sales_date)`;
const INDEXES = [
  'ALTER TABLE NAME ADD PRIMARY KEY (sales_date, sale_id)',
  'CREATE INDEX ON NAME (product_name)',
  'CREATE INDEX ON NAME (region)',
];
const FILL = `INSERT INTO NAME
  SELECT n, p, 'Product ' || p, (ARRAY['North', 'South', 'East', 'West', 'Central'])[1 + (random() * 4.999)::int % ${REGIONS}],
         date '2024-01-01' + (random() * 730)::int, 1 + (random() * 9)::int, (random() * 1000)::numeric(10,2), 1
  FROM (SELECT n, 1 + (random() * ${PRODUCTS - 1})::int AS p FROM generate_series($1::int, $2::int) AS n) AS sales`;

const agent = new Agent({ keepAlive: true });
const report = new Report('reports');
const service = await startService({ RATE_LIMIT_PER_MINUTE: '0' });
const penstock = async (...words: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [CLI, ...words], { env: service.environment, maxBuffer: 1e9 })).stdout;
try {
  const { postgres } = JSON.parse(await penstock('engines', '--json')) as { postgres: { url: string } };
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => undefined); // engines end with the service
  await client.connect();
  await imports(client);
  await prepare(client);
  await reports(client);
  await client.end();
} finally {
  await service.stop();
}
report.finish();

async function create(client: pg.Client, name: string, withIndexes: boolean): Promise<void> {
  await client.query(DDL.replaceAll('NAME', name));
  if (withIndexes) for (const sql of INDEXES) await client.query(sql.replaceAll('NAME', name));
  await penstock('create-monthly-partitions', '-t', name, '-s', '2024', '-e', '2026');
}

async function prepare(client: pg.Client): Promise<void> {
  await create(client, 'sales_report', false);
  await penstock('reports', 'disable');
  const step = 500_000;
  for (let first = 1; first <= ROWS; first += step) {
    await client.query(FILL.replaceAll('NAME', 'sales_report'), [first, Math.min(first + step - 1, ROWS)]);
  }
  for (const sql of INDEXES) await client.query(sql.replaceAll('NAME', 'sales_report'));
  await client.query('VACUUM ANALYZE sales_report');
  const begun = performance.now();
  await penstock('reports', 'enable');
  console.log(`Totals of ${ROWS} rows were read in ${Math.round(performance.now() - begun)} ms.`);
}

/** The same file by COPY, into the same partitions and indexes, emptied before. */
async function imports(client: pg.Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  const file = join(folder, 'sales.csv');
  await writeSales(file);
  await create(client, 'plain', true);
  await penstock('reports', 'disable', '-t', 'plain');
  await create(client, 'kept', true);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const copy = (role: 'limit' | 'ours', name: string, table: string): Contender => ({
    role,
    name,
    run: async () => {
      await client.query(`TRUNCATE ${table}`);
      await penstock('reports', 'status', '-t', table);
      if (table === 'kept') await penstock('reports', 'enable', '-t', table);
      return timed(async () => {
        await pipeline(createReadStream(file), client.query(copyFrom(`COPY ${table} FROM STDIN (FORMAT csv)`)));
        return IMPORTED;
      }, rows[0]?.pid);
    },
  });
  const [plain, kept] = ['COPY without totals', 'COPY with totals kept'];
  await report.compare(
    `COPY of ${IMPORTED} rows into 36 partitions with three indexes, CPU of PostgreSQL`,
    [copy('limit', plain, 'plain'), copy('ours', kept, 'kept')],
    [
      {
        name: 'import with totals kept, throughput of one without',
        of: kept,
        by: plain,
        what: 'throughput',
        target: 1 / 1.3,
        stretch: 1 / 1.1,
      },
      { name: 'import with totals kept, CPU of one without', of: kept, by: plain, what: 'cpu', target: 1.3 },
    ],
  );
  await client.query('DROP TABLE plain, kept');
  await rm(folder, { recursive: true });
}

async function writeSales(file: string): Promise<void> {
  const random = seededRandom(1);
  const names = ['North', 'South', 'East', 'West', 'Central'];
  const handle = await open(file, 'w');
  for (let lines: string[] = [], n = 1; n <= IMPORTED; n += 1) {
    const product = 1 + Math.floor(random() * PRODUCTS);
    const day = new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 731) * 86_400_000).toISOString().slice(0, 10);
    const quantity = 1 + Math.floor(random() * 9);
    lines.push(
      `${n},${product},Product ${product},${names[Math.floor(random() * REGIONS)]},${day},${quantity},${(random() * 1000).toFixed(2)},1`,
    );
    if (lines.length < 10_000 && n < IMPORTED) continue;
    await handle.write(`${lines.join('\n')}\n`);
    lines = [];
  }
  await handle.close();
}

interface Way {
  readonly role: 'limit' | 'peer' | 'ours';
  readonly name: string;
  readonly runs: number;
  readonly once: () => Promise<unknown>;
}

async function reports(client: pg.Client): Promise<void> {
  const random = seededRandom(2);
  const day = (): string =>
    new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 730) * 86_400_000).toISOString().slice(0, 10);
  const range = (): string => {
    const [from, to] = [day(), day()].sort();
    return `start_date=${from}&end_date=${to}`;
  };
  const product = (): string => `product=${encodeURIComponent(`Product ${1 + Math.floor(random() * PRODUCTS)}`)}`;
  const month = "to_char(sales_date, 'YYYY-MM')";
  const sums = 'sum(sales_amount) AS revenue, sum(quantity_sold) AS quantity FROM sales_report';
  const top = 'SELECT product_id, product_name, sum(sales_amount) AS revenue FROM sales_report';
  const ask = (path: string) => () => fetchAll(service, `/reports/${path}`);
  const ways: Way[] = [
    { role: 'limit', name: 'GET /health/live', runs: REQUESTS, once: () => fetchAll(service, '/health/live') },
    {
      role: 'peer',
      name: 'summary of all, the document',
      runs: SLOW_RUNS,
      once: () => client.query(`SELECT ${month}, ${sums} GROUP BY 1 ORDER BY 1`),
    },
    { role: 'ours', name: 'summary of all', runs: REQUESTS, once: ask('monthly-sales-summary') },
    {
      role: 'ours',
      name: 'summary of any range',
      runs: REQUESTS,
      once: () => ask(`monthly-sales-summary?${range()}`)(),
    },
    {
      role: 'peer',
      name: 'breakdown of a product, the document',
      runs: SLOW_RUNS * 3,
      once: () =>
        client.query(
          `SELECT ${month}, product_name, region, ${sums} WHERE product_name = 'Product 7' GROUP BY 1, 2, 3 ORDER BY 1`,
        ),
    },
    {
      role: 'ours',
      name: 'breakdown of a product',
      runs: REQUESTS,
      once: () => ask(`monthly-sales-breakdown?${product()}`)(),
    },
    {
      role: 'peer',
      name: 'top five of all, the document',
      runs: SLOW_RUNS,
      once: () => client.query(`${top} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5`),
    },
    { role: 'ours', name: 'top five of all', runs: REQUESTS, once: ask('top-5-by-revenue') },
    {
      role: 'ours',
      name: 'top five of any range',
      runs: REQUESTS,
      once: () => ask(`top-5-by-revenue?${range()}`)(),
    },
    {
      role: 'ours',
      name: 'top five of any range, behind a change of every month',
      runs: REQUESTS_BEHIND,
      once: () => ask(`top-5-by-revenue?${range()}`)(),
    },
    {
      role: 'peer',
      name: 'breakdown of all, the document',
      runs: 1,
      once: () => client.query(`SELECT ${month}, product_name, region, ${sums} GROUP BY 1, 2, 3 ORDER BY 1`),
    },
    { role: 'ours', name: 'breakdown of all', runs: SLOW_RUNS, once: ask('monthly-sales-breakdown') },
  ];
  const measured = new Map<string, number[]>();
  for (const way of ways) {
    if (way.runs === REQUESTS_BEHIND) await changeEveryMonth(client);
    else for (let warm = 0; warm < Math.min(WARM_UP, way.runs); warm += 1) await way.once();
    measured.set(way.name, await times(way));
  }
  const at = (name: string, share: number): number => quantile(measured.get(name) ?? [], share);
  report.add({
    title: `Reports over ${ROWS} rows, one after another, at the client`,
    rows: ways.map(({ role, name, runs }) => ({
      role,
      way: name,
      runs,
      'p50 ms': digits(at(name, 0.5)),
      'p99 ms': digits(at(name, 0.99)),
    })),
    ratios: [
      ...(['summary of all', 'breakdown of a product', 'top five of all', 'breakdown of all'] as const).map((name) => ({
        name: `${name}, times as fast as the document's query (p50, ${ROWS} rows)`,
        value: at(`${name}, the document`, 0.5) / at(name, 0.5),
        spread: [
          at(`${name}, the document`, 0.5) / at(name, 0.99),
          at(`${name}, the document`, 0.5) / at(name, 0),
        ] as const,
        better: 'higher' as const,
      })),
      ...(
        [
          ['summary of all', 10, 3],
          ['summary of any range', 10, 3],
          ['breakdown of a product', 10, 3],
          ['top five of any range', 50, 15],
        ] as const
      ).map(([name, target, stretch]) => ({
        name: `${name}, p99 in ms (${ROWS} rows)`,
        value: at(name, 0.99),
        spread: [at(name, 0.5), at(name, 1)] as const,
        better: 'lower' as const,
        target,
        stretch,
      })),
    ],
  });
}

/** What is kept of the months is out of date then, and the first reports read rows of the days at which they cut months. */
async function changeEveryMonth(client: pg.Client): Promise<void> {
  await client.query(FILL.replaceAll('NAME', 'sales_report'), [ROWS + 1, ROWS + 10_000]);
}

async function times({ once, runs }: Way): Promise<number[]> {
  const found: number[] = [];
  for (let done = 0; done < runs; done += 1) {
    const begun = performance.now();
    await once();
    found.push(performance.now() - begun);
  }
  return found;
}

function fetchAll({ url }: Service, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(new URL(path, url), { agent }, (response) => {
      response
        .resume()
        .on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode} for ${path}`)),
        );
    }).on('error', reject);
  });
}

function digits(value: number): number {
  return Number(value.toPrecision(3));
}
