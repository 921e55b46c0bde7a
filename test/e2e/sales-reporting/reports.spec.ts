import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';
import { SALES_DDL } from '../../support/sales-database.js';

const SUMMARY = '/reports/monthly-sales-summary';
const BREAKDOWN = '/reports/monthly-sales-breakdown';
const TOP = '/reports/top-5-by-revenue';

let penstock: RunningPenstock;
let postgres: Client;
let keys: string;

beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'penstock-keys-'));
  penstock = await RunningPenstock.start();
  const { postgres: place } = (await penstock.cliJson('engines')) as { postgres: { url: string } };
  postgres = new Client({ connectionString: place.url });
  postgres.on('error', () => undefined); // the engine ends with the service
  await postgres.connect();
  await postgres.query(`SET search_path = public; ${SALES_DDL}`);
  // The user is called as the schema of the service, where PostgreSQL would look first.
  await postgres.query('ALTER ROLE CURRENT_USER SET search_path = public');
});
afterAll(async () => {
  await postgres.end();
  await penstock.stop();
  await rm(keys, { recursive: true });
});

const fetchText = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(new URL(path, penstock.url), { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const rowsOf = async (path: string): Promise<Body[]> => JSON.parse((await fetchText(path)).text) as Body[];

describe('the commands of the document', () => {
  it('make partitions, once, with everything that makes reports fast', async () => {
    const words = ['create-monthly-partitions', '-t', 'sales_report', '-s', '2024', '-e', '2025'];
    const dry = await penstock.cliJson(...words, '--dry_run');
    expect([(dry['created'] as Body[]).length, dry['dryRun']]).toEqual([24, true]);
    const { stdout, exitCode } = await penstock.cli(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^sales_report_2025_12 +2025-12-01 +2026-01-01 +0$/m);
    expect(stdout).toMatch(/24 partitions created in public\.sales_report\.\n$/);
    const again = await penstock.cliJson(
      'create-monthly-partitions',
      '-t',
      'sales_report',
      '--start-year',
      '2024',
      '--end-year',
      '2025',
      '--dry-run',
    );
    expect([(again['created'] as Body[]).length, (again['existing'] as Body[]).length]).toEqual([0, 24]);
    expect(await penstock.cliJson('reports', 'status')).toMatchObject({ isEnabled: true, unknown: [] });
  });

  it('fill the table, and what is filled in is in the reports at once', async () => {
    await postgres.query(`INSERT INTO sales_report
      SELECT n, n % 7, 'Product ' || n % 7, CASE WHEN n % 2 = 0 THEN 'North' ELSE 'South, "far"' END,
             date '2024-01-01' + n % 500, n % 10, (n % 1000) / 100.0, 1 FROM generate_series(1, 5000) AS n`);
    const { headers } = await fetchText(SUMMARY);
    expect(headers.get('x-report-source')).toBe('totals');
    const { rows } =
      await postgres.query(`SELECT to_char(sales_date, 'YYYY-MM') AS month, sum(sales_amount)::text AS revenue,
      sum(quantity_sold)::int AS quantity FROM sales_report GROUP BY 1 ORDER BY 1`);
    expect(await rowsOf(SUMMARY)).toEqual(rows);
    expect(JSON.parse((await penstock.cli('reports', 'summary', '--json')).stdout)).toEqual(rows);
  });
});

describe('the reports over HTTP', () => {
  it('are what the rows say, in the form of the document', async () => {
    const dates = '?start_date=2024-01-20&end_date=2024-11-11';
    for (const path of [SUMMARY, BREAKDOWN, TOP]) {
      const [kept, raw] = [await fetchText(path + dates), await fetchText(`${path}${dates}&source=raw`)];
      expect([kept.status, kept.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(kept.text).toBe(raw.text);
      expect(raw.headers.get('x-report-source')).toBe('rows');
    }
    const [first] = await rowsOf(TOP);
    expect(Object.keys(first!)).toEqual(['rank', 'product_id', 'product_name', 'revenue']);
    expect((await rowsOf(`${BREAKDOWN}?limit=1`))[0]).toMatchObject({ month: '2024-01', product_name: 'Product 0' });
  });

  it('come as CSV and as NDJSON too', async () => {
    const rows = await rowsOf(BREAKDOWN);
    const csv = await fetchText(BREAKDOWN, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="monthly-sales-breakdown.csv"');
    expect(parse(csv.text, { columns: true })).toEqual(
      rows.map((row) => ({ ...row, quantity: String(row['quantity']) })),
    );
    const ndjson = await fetchText(BREAKDOWN, { accept: 'application/x-ndjson' });
    expect(
      ndjson.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Body),
    ).toEqual(rows);
  });

  it('page a breakdown by links that lead to all of it', async () => {
    const all = await rowsOf(`${BREAKDOWN}?region=North`);
    const found: Body[] = [];
    let next: string | undefined = `${BREAKDOWN}?region=North&limit=17`;
    while (next !== undefined) {
      const { text, headers } = await fetchText(next);
      found.push(...(JSON.parse(text) as Body[]));
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(found).toEqual(all);
    expect(new Set(all.map((row) => row['region']))).toEqual(new Set(['North']));
  });

  it('are tagged: 304 while nothing has changed, and a new tag when something has', async () => {
    const range = '?start_date=2024-03-01&end_date=2024-03-31';
    const { headers } = await fetchText(SUMMARY + range);
    const tag = headers.get('etag')!;
    const ask = async (path: string, accept = 'application/json') =>
      (await fetchText(path, { 'if-none-match': `"other", W/${tag}`, accept })).status;
    expect(await ask(SUMMARY + range)).toBe(304);
    expect(await ask(SUMMARY + range, 'text/csv')).toBe(200);
    expect(await ask(TOP + range)).toBe(200);
    await postgres.query("UPDATE sales_report SET sales_amount = sales_amount + 1 WHERE sales_date = '2024-05-05'");
    expect(await ask(SUMMARY + range)).toBe(304);
    await postgres.query("DELETE FROM sales_report WHERE sales_date = '2024-03-05'");
    expect(await ask(SUMMARY + range)).toBe(200);
  });

  it('mend by themselves what they cannot follow, and are right meanwhile', async () => {
    await postgres.query('TRUNCATE sales_report_2024_06');
    const { text, headers } = await fetchText(SUMMARY);
    expect([headers.get('x-report-source'), headers.get('etag')]).toEqual(['mixed', null]);
    expect((JSON.parse(text) as Body[]).some(({ month }) => month === '2024-06')).toBe(false);
    await until(
      () => fetchText(SUMMARY),
      ({ headers: later }) => later.get('x-report-source') === 'totals',
    );
    expect((await fetchText(SUMMARY)).text).toBe(text);
    expect((await fetchText('/metrics')).text).toContain(
      'penstock_totals_upkeep_total{work="rebuild",outcome="done"} 1',
    );
  });

  it.each([
    [`${SUMMARY}?start_date=2024-02-30`, 400, 'request.invalid'],
    [`${SUMMARY}?start_date=01.02.2024`, 400, 'request.invalid'],
    [`${SUMMARY}?start_date=2024-02-02&end_date=2024-02-01`, 400, 'request.invalid'],
    [`${SUMMARY}?start_date=2024-01-01&start_date=2024-01-02`, 400, 'request.invalid'],
    [`${SUMMARY}?product=Desk`, 400, 'request.invalid'],
    [`${SUMMARY}?engine=oracle`, 400, 'request.invalid'],
    [`${BREAKDOWN}?limit=0`, 400, 'request.invalid'],
    [`${BREAKDOWN}?cursor=bm8`, 400, 'cursor.invalid'],
    [`${TOP}?ties=maybe`, 400, 'request.invalid'],
    [`${TOP}?table=a.b.c`, 422, 'identifier.invalid'],
    [`${TOP}?table=nowhere`, 404, 'table.unknown'],
    [`${TOP}?table=pg_catalog.pg_class`, 422, 'table.unsuitable'],
    [`${SUMMARY}?engine=clickhouse&table=nowhere`, 404, 'table.unknown'],
  ])('answer %s with %i', async (path, status, code) => {
    const { status: answered, body } = await penstock.call('GET', path);
    expect([answered, body['code']]).toEqual([status, code]);
  });
});

describe('the same reports on ClickHouse', () => {
  it('are equal to the letter, after a copy and after another', async () => {
    const copied = await penstock.cliJson('reports', 'copy');
    const { rows } = await postgres.query<{ n: number }>('SELECT count(*)::int AS n FROM sales_report');
    expect(copied).toMatchObject({ rows: rows[0]!.n });
    const dates = 'start_date=2024-01-20&end_date=2025-01-11';
    const same = async () => {
      for (const path of [SUMMARY, BREAKDOWN, TOP]) {
        const replica = await fetchText(`${path}?${dates}&engine=clickhouse`);
        expect(replica.text).toBe((await fetchText(`${path}?${dates}`)).text);
        expect(replica.headers.get('etag')).not.toBeNull();
      }
    };
    await same();
    await postgres.query(
      "DELETE FROM sales_report WHERE sales_date BETWEEN '2024-03-01' AND '2024-04-30'; UPDATE sales_report SET sales_amount = 7 WHERE product_id = 3",
    );
    await penstock.cliJson('reports', 'copy', '--start-date', '2024-03-15', '--end-date', '2024-04-02');
    expect(
      JSON.parse((await penstock.cli('reports', 'summary', '--engine', 'clickhouse', '--json')).stdout),
    ).toHaveLength((await rowsOf(SUMMARY)).length);
    await penstock.cliJson('reports', 'copy');
    await same();
    const { rows: left } = {
      rows: await penstock.rows(
        "SELECT name FROM system.tables WHERE database = 'penstock' AND name LIKE 'sales_copy_%'",
      ),
    };
    expect(left).toEqual([]);
  });

  it('are not touched by a copy that would not add up', async () => {
    const before = (await fetchText(`${SUMMARY}?engine=clickhouse`)).text;
    await postgres.query(
      'CREATE TABLE odd AS SELECT *, sales_amount::numeric AS amount FROM sales_report LIMIT 0; ALTER TABLE odd DROP sales_amount, ADD sales_amount numeric NOT NULL, ALTER sales_date SET NOT NULL, ALTER product_id SET NOT NULL, ALTER product_name SET NOT NULL, ALTER region SET NOT NULL, ALTER quantity_sold SET NOT NULL',
    );
    await postgres.query(
      "INSERT INTO odd (sale_id, product_id, product_name, region, sales_date, quantity_sold, unit_price, sales_amount) VALUES (1, 1, 'x', 'y', '2024-01-01', 1, 1, 0.123456789)",
    );
    const { exitCode, stderr } = await penstock.cli('reports', 'copy', '-t', 'odd');
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining('does not add up')]);
    expect((await fetchText(`${SUMMARY}?engine=clickhouse`)).text).toBe(before);
  });
});

describe('reports on the command line', () => {
  it('print tables, and where the next page is', async () => {
    expect((await penstock.cli('reports', 'top', '--start-date', '2024-01-01', '--ties', 'keep')).stdout).toMatch(
      /^RANK +PRODUCT_ID +PRODUCT_NAME +REVENUE\n +1 /,
    );
    const { stdout, stderr } = await penstock.cli('reports', 'breakdown', '--limit', '2', '--region', 'North');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    const cursor = /--cursor (\S+)/.exec(stderr)?.[1];
    const next = JSON.parse(
      (await penstock.cli('reports', 'breakdown', '--limit', '2', '--region', 'North', '--cursor', cursor!, '--json'))
        .stdout,
    ) as Body[];
    expect(next).toEqual((await rowsOf(`${BREAKDOWN}?region=North&limit=4`)).slice(2));
  });

  it('say how they could be faster, and do as they are told', async () => {
    expect(await penstock.cliJson('reports', 'disable')).toMatchObject({ isEnabled: false });
    const { stderr, exitCode } = await penstock.cli('reports', 'summary');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('penstock reports enable --table sales_report')]);
    expect((await penstock.cli('reports', 'enable')).stdout).toMatch(/^totals +kept$/m);
    expect((await penstock.cli('reports', 'summary')).stderr).toBe('');
  });

  it.each([
    [['reports', 'summary', '--start_date', '2024-02-30'], 64],
    [['reports', 'top', '--table', 'nowhere'], 66],
    [['reports', 'fly'], 64],
    [['create-monthly-partitions', '-t', 'nowhere', '-s', '2024', '-e', '2024'], 66],
    [['create-monthly-partitions', '-t', 'odd', '-s', '2024', '-e', '2024'], 65],
    [['create-monthly-partitions', '-t', 'sales_report', '-s', '2024'], 64],
    [['create-monthly-partitions', '-t', 'sales_report', '-s', '2025', '-e', '2024'], 64],
    [['create-monthly-partitions', '-t', 'sales_report', '-s', '1900', '-e', '2024'], 64],
    [['create-monthly-partitions', '-s', '2024', '-e', '2024'], 64],
  ])('%j ends with %i', async (words, code) => {
    const { exitCode, stdout, stderr } = await penstock.cli(...words);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).not.toBe('');
  });
});

describe('partitions', () => {
  it('are listed, planned, made ahead and retired, over HTTP and by a command', async () => {
    const listed = await penstock.get('/partitions/sales_report');
    expect([(listed['partitions'] as Body[]).length, listed['keyColumn'], listed['gaps']]).toEqual([
      24,
      'sales_date',
      [],
    ]);
    const plan = await penstock.post('/partitions/sales_report/maintain', { premake: 1, retain: 0, dry_run: true });
    expect([plan.status, (plan.body['detached'] as string[]).length]).toEqual([200, 24]);
    const made = await penstock.post('/partitions/sales_report/monthly', { start_year: 2030, end_year: 2030 });
    expect([(made.body['created'] as Body[]).length, made.body['gaps'], made.body['totals']]).toEqual([
      12,
      [{ from: '2026-01-01', until: '2030-01-01' }],
      'kept',
    ]);
    expect((await penstock.post('/partitions/sales_report/monthly', { start_year: 'x' })).status).toBe(400);
    const done = await penstock.cliJson(
      'maintain-partitions',
      '-t',
      'sales_report',
      '--premake',
      '2',
      '--retain',
      '0',
      '--drop',
    );
    expect((done['dropped'] as string[]).length).toBe(24);
    expect((done['created'] as Body[]).length).toBe(3);
    expect(await rowsOf(SUMMARY)).toEqual([]);
    const again = await penstock.cli(
      'maintain-partitions',
      '-t',
      'sales_report',
      '--premake',
      '2',
      '--retain',
      '0',
      '--drop',
    );
    expect(again.stdout).toBe('Partitions of public.sales_report: 0 created, 0 detached, 0 dropped.\n');
    expect(again.stderr).toContain('There is no partition from');
  });
});

describe('the page of the reports', () => {
  it('is served with its script, style and charts, and runs nothing that is not ours', async () => {
    const page = await fetchText('/reports');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const sources = [...page.text.matchAll(/(?:src|href)="(\/[^"#]+)"/g)].map(([, path]) => path!);
    expect(sources).toContain('/reports/assets/chart.js');
    for (const path of sources) expect([path, (await fetchText(path)).status]).toEqual([path, 200]);
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|\son\w+=|https?:/);
    expect((await fetchText('/reports/assets/reports.js')).headers.get('content-type')).toContain('text/javascript');
  });

  it('shows figures in a browser, where there is one', async (context) => {
    const browser = await firstOf(['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']);
    if (browser === undefined) return context.skip('There is no browser on this machine.');
    await postgres.query(
      "INSERT INTO sales_report VALUES (1, 1, 'Desk <b>', 'North', date_trunc('month', now())::date, 3, 1234.56, 1)",
    );
    const profile = await mkdtemp(join(tmpdir(), 'penstock-browser-'));
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=20000',
      '--dump-dom',
    ];
    const { stdout } = await promisify(execFile)(browser, [...args, `${penstock.url}/reports`], {
      maxBuffer: 10_000_000,
    });
    expect(stdout).toContain('<td class="number">1234.56</td>');
    expect(stdout).toContain('<td>Desk &lt;b&gt;</td>');
    expect(stdout).toMatch(/id="problem"[^>]* hidden=""/);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
});

describe('with keys', () => {
  it('reports are for readers, partitions for administrators, and the page for everybody', async () => {
    const file = join(keys, 'keys.yaml');
    const sha256 = createHash('sha256').update('reader').digest('hex');
    await writeFile(file, `- {name: reader, sha256: ${sha256}, scopes: [read]}\n`);
    await penstock.kill('SIGTERM');
    await penstock.serve({ API_KEYS_FILE: file });
    const status = async (path: string, key?: string, method = 'GET') =>
      (
        await penstock.call(
          method,
          path,
          method === 'POST' ? {} : undefined,
          key === undefined ? {} : { 'x-api-key': key },
        )
      ).status;
    expect([
      await status(SUMMARY),
      await status(SUMMARY, 'reader'),
      await status('/partitions/sales_report', 'reader'),
    ]).toEqual([401, 200, 200]);
    expect(await status('/partitions/sales_report/maintain', 'reader', 'POST')).toBe(403);
    expect((await fetchText('/reports')).status).toBe(200);
  });
});

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  return undefined;
}
