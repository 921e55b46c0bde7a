import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshName } from '../../support/engine-of.js';
import type { Run } from '../../support/penstock.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

const CLI = resolve('dist/src/cli.js');
const HEADER = 'sale_id,product_id,product_name,region,sales_date,quantity_sold,sales_amount,unit_price';

let penstock: RunningPenstock;
let database: Client;
let table: string;

beforeAll(async () => {
  penstock = await RunningPenstock.start({ WORKERS: 'on', JOB_POLL_MS: '200' });
  const { postgres } = (await penstock.cliJson('engines')) as { postgres: { url: string } };
  database = new Client({ connectionString: `${postgres.url}?options=-csearch_path%3Dpublic` });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await penstock.stop();
});
beforeEach(async () => {
  table = freshName('sales');
  const sql = (await readFile('data/optimised/sales_schema.sql', 'utf8')).replaceAll('sales_report', table);
  await database.query(sql);
  for (const month of [1, 2, 3]) {
    await database.query(`CREATE TABLE ${table}_${month} PARTITION OF ${table}
      FOR VALUES FROM ('2025-0${month}-01') TO ('2025-0${month + 1}-01')`);
  }
});

const rows = async <T extends Body>(sql: string): Promise<T[]> => (await database.query<T>(sql)).rows;
const count = async (from = table): Promise<number> =>
  Number((await rows(`SELECT count(*) AS n FROM ${from}`))[0]!['n']);
const sale = (n: number, change: { day?: string; quantity?: string; rest?: string } = {}): string =>
  `S-${n},${n % 9},"Mug, ""large""",North,${change.day ?? `2025-0${(n % 3) + 1}-10`},${change.quantity ?? '2'},24.00,12.00${change.rest ?? ''}`;
const csv = (lines: readonly string[]): string => [HEADER, ...lines, ''].join('\n');
const file = async (content: string | Uint8Array, name = `${freshName('file')}.csv`): Promise<string> => {
  await mkdir(penstock.folder, { recursive: true });
  const path = join(penstock.folder, name);
  await writeFile(path, content);
  return path;
};
const schema = resolve('data/sales_data.yaml');
const importing = (path: string, ...more: string[]): Promise<Run> =>
  penstock.cli('import-data', '-c', path, '-t', table, ...more);
const receipt = async (path: string, ...more: string[]): Promise<Body> => {
  const { stdout, stderr } = await importing(path, '--json', ...more);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Body;
};

describe("the document's commands", { timeout: 120_000 }, () => {
  it('work as they stand there, from an empty database on', async () => {
    const folder = resolve('data');
    const made = await penstock.cli('create-schema', '--source', join(folder, 'optimised/sales_schema.sql'));
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    for (let month = 1; month <= 12; month += 1) {
      const [from, to] = [new Date(Date.UTC(2025, month - 1)), new Date(Date.UTC(2025, month))];
      const bounds = [from, to].map((day) => `('${day.toISOString().slice(0, 10)}')`).join(' TO ');
      await database.query(
        `CREATE TABLE IF NOT EXISTS sales_report_${month} PARTITION OF sales_report FOR VALUES FROM ${bounds}`,
      );
    }
    const simple = await penstock.cli(
      'import-data',
      '--csv_path',
      join(folder, 'sales_data.csv'),
      '-t',
      'sales_report',
    );
    expect([simple.exitCode, simple.stdout]).toEqual([0, expect.stringContaining('Imported 1000 of 1000 rows')]);
    const words = ['--csv_path', join(folder, 'sales_data_2.csv'), '--schema_path', join(folder, 'sales_data.yaml')];
    const validated = await penstock.cliJson('import-data', ...words, '--table', 'sales_report');
    expect(validated).toMatchObject({ rows: 200, imported: 193, rejected: 7, errorTable: 'validation_logs' });
    const logged = await rows(`SELECT line_number::int AS line, rule FROM validation_logs
      WHERE import_id = '${String(validated['id'])}' ORDER BY id`);
    expect(logged).toEqual([
      { line: 6, rule: 'type' },
      { line: 21, rule: 'type' },
      { line: 43, rule: 'nullable' },
      { line: 65, rule: 'fields' },
      { line: 90, rule: 'partition' },
      { line: 122, rule: 'scale' },
      { line: 152, rule: 'unique' },
    ]);
    expect(await count('sales_report')).toBe(1193);
    // Once more is no error, and changes nothing.
    expect((await penstock.cli('create-schema', '-s', join(folder, 'optimised/sales_schema.sql'))).exitCode).toBe(0);
  });
});

describe('create-schema', () => {
  it.each([
    ['CREATE TABLE a (x int);\n\\d a\n', /Line 2: a command of psql/],
    ['CREATE TABLE a (x int);\n-- why\nBEGIN;\n', /Line 3: .*transaction/],
    ['CREATE TABLE a (x int);\nCOPY a FROM stdin;\n1\n\\.\n', /Line \d/],
    ['CREATE TABLE a (x int);\n\n/* é */ CREATE TABLE b (x nope);\n', /Line 3: .*type "nope" does not exist/],
    ['CREATE TABLE a (x int);\nCREATE TABL b ();\n', /Line 2: a syntax error/],
    ['-- nothing\n', /no statements/],
  ])('says where %j is wrong, and keeps nothing', async (sql, words) => {
    const { exitCode, stdout, stderr } = await penstock.cli('create-schema', '-s', await file(sql, 'wrong.sql'));
    expect([exitCode, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(words);
    expect(await rows(`SELECT to_regclass('a') AS found`)).toEqual([{ found: null }]);
  });
});

describe('a simple import', { timeout: 60_000 }, () => {
  it('fails as a whole, and says line and column', async () => {
    const path = await file(csv([sale(1), sale(2), sale(3, { quantity: 'two' }), sale(4)]));
    const { exitCode, stdout, stderr } = await importing(path);
    expect([exitCode, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/line 4, column "quantity_sold"/);
    expect(stderr).toMatch(/is not a whole number/);
    expect(await count()).toBe(0);
  });

  it('says line and key where only the database knows', async () => {
    const { exitCode, stderr } = await importing(await file(csv([sale(1), sale(2), sale(1)])));
    expect([exitCode, await count()]).toEqual([65, 0]);
    expect(stderr).toMatch(/line 4, column "sales_date, sale_id".*\n.*there already/);
  });

  it.each([
    [
      'semicolons, a BOM and CRLF',
      (text: string) => `\uFEFF${text.replaceAll(',', ';').replaceAll('\n', '\r\n')}`.replaceAll('Mug;', 'Mug,'),
    ],
    ['columns in another order, and a quoted header', (text: string) => text],
  ])('reads %s', async (_, change) => {
    const text = csv([sale(1), sale(2), sale(3, { day: '2025-03-31' })]);
    expect(await receipt(await file(change(text)))).toMatchObject({ rows: 3, imported: 3 });
    expect(await rows(`SELECT DISTINCT product_name FROM ${table}`)).toEqual([{ product_name: 'Mug, "large"' }]);
  });

  it('matches columns by their names', async () => {
    const text =
      '"region",unit_price,sale_id,sales_amount,quantity_sold,sales_date,product_name,product_id\nEast,1,x,2,2,2025-01-01,p,1';
    await receipt(await file(text));
    expect(await rows(`SELECT sale_id, region, product_id FROM ${table}`)).toEqual([
      { sale_id: 'x', region: 'East', product_id: 1 },
    ]);
  });

  it.each([
    ['', /empty/],
    [`${HEADER},colour\n`, /colour: is not a column/],
    [HEADER.replace(',region', ''), /region: is missing/],
    [`${HEADER},region\n`, /region: stands in the header twice/],
    [Buffer.from(csv([sale(1)]), 'utf16le'), /UTF-16/],
    [Buffer.from([0xff, 0xfe, 0x41, 0x00]), /UTF-16/],
    [gzipSync(csv([sale(1)])).subarray(0, 60), /gzip/],
    [HEADER.replaceAll(',', '\r'), /header/],
  ])('refuses the file %j, and says why', async (content, words) => {
    const { exitCode, stdout, stderr } = await importing(await file(content));
    expect([exitCode, stdout, await count()]).toEqual([65, '', 0]);
    expect(stderr).toMatch(words);
  });

  it('reads gzip, and standard input', async () => {
    expect(await receipt(await file(gzipSync(csv([sale(1)])), 'packed.csv.gz'))).toMatchObject({ imported: 1 });
    const child = run(['-c', '-', '-t', table, '--json']);
    child.stdin!.end(csv([sale(2), sale(3)]));
    expect(JSON.parse(await output(child))).toMatchObject({ source: '-', imported: 2 });
  });

  it.each([
    [['-c', '/nowhere.csv', '-t', 'x'], 66],
    [['-c', '/', '-t', 'x'], 66],
    [['-c', 'data/sales_data.csv', '-t', 'nowhere'], 66],
    [['-c', 'data/sales_data.csv'], 64],
    [['-t', 'x'], 64],
    [['-c', 'data/sales_data.csv', '-t', 'x', '--reject_limit', 'some'], 64],
    [['-c', 'data/sales_data.csv', '-t', 'x', '--schema-path', '/nowhere.yaml'], 66],
  ])('exits %j with %i', async (words, code) => {
    const given = words.map((word) => (word.startsWith('data/') ? resolve(word) : word));
    const { exitCode, stdout, stderr } = await penstock.cli('import-data', ...given);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).not.toBe('');
  });
});

describe('a validating import', { timeout: 60_000 }, () => {
  it('keeps every good row, and tells every bad one with its line', async () => {
    const lines = [
      sale(1),
      `S-2,1,"two\nlines",North,2025-01-10,1,1.00,1.00`,
      sale(3, { quantity: '0' }),
      sale(4, { rest: ',more' }),
      'S-5,1,"open,North,2025-01-10,1,1.00,1.00',
      sale(6),
      '',
      sale(7, { day: '2025-06-01' }),
      sale(1),
      sale(9),
    ];
    const path = await file(
      Buffer.concat([Buffer.from(csv(lines)), Buffer.from('S-10,1,\xff,N,2025-01-01,1,1,1\n', 'latin1')]),
    );
    const done = await receipt(path, '-p', schema, '-e', `${table}_bad`);
    expect(done).toMatchObject({ rows: 10, imported: 4, rejected: 6 });
    const errors = await rows(
      `SELECT line_number::int AS line, column_name AS col, value, rule FROM ${table}_bad ORDER BY line_number`,
    );
    expect(errors).toEqual([
      { line: 5, col: 'quantity_sold', value: '0', rule: 'min' },
      { line: 6, col: null, value: null, rule: 'fields' },
      { line: 7, col: null, value: null, rule: 'csv' },
      { line: 10, col: 'sales_date', value: '2025-06-01', rule: 'partition' },
      { line: 11, col: 'sales_date, sale_id', value: '2025-02-10, S-1', rule: 'unique' },
      { line: 13, col: null, value: null, rule: 'encoding' },
    ]);
    expect(await rows(`SELECT sale_id FROM ${table} ORDER BY 1`)).toEqual(
      ['S-1', 'S-2', 'S-6', 'S-9'].map((sale_id) => ({ sale_id })),
    );
  });

  it('writes bad rows to a file that can be mended and imported', async () => {
    const rejected = join(penstock.folder, `${table}-rejected.csv`);
    const path = await file(csv([sale(1), sale(2, { quantity: 'x' }), sale(3), sale(3)]));
    await receipt(path, '-p', schema, '--rejected', rejected);
    const text = await readFile(rejected, 'utf8');
    expect(text).toBe(csv([sale(2, { quantity: 'x' }), sale(3)]));
    await writeFile(rejected, text.replace(',x,', ',2,').replace('S-3', 'S-4'));
    expect(await receipt(rejected, '-p', schema)).toMatchObject({ imported: 2, rejected: 0 });
    expect(await count()).toBe(4);
  });

  it('lands no row beyond the limit, but tells the bad ones', async () => {
    const path = await file(csv([sale(1), sale(2, { quantity: 'x' }), sale(3, { quantity: 'y' }), sale(4)]));
    for (const limit of ['1', '49.9%']) {
      const { exitCode, stderr } = await importing(path, '-p', schema, '--reject-limit', limit, '-e', `${table}_bad`);
      expect([exitCode, await count()]).toEqual([65, 0]);
      expect(stderr).toMatch(/No row was imported/);
    }
    expect(await count(`${table}_bad`)).toBe(4);
    expect(await receipt(path, '-p', schema, '--reject_limit', '50%', '-e', `${table}_bad`)).toMatchObject({
      imported: 2,
    });
    const { imports } = (await penstock.cliJson('imports', 'list', '-t', table)) as { imports: Body[] };
    expect(imports.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'failed']);
  });

  it('only tries with --dry_run, and tells what would be', async () => {
    const path = await file(csv([sale(1), sale(1), sale(2, { quantity: 'x' })]));
    expect(await receipt(path, '-p', schema, '--dry-run')).toMatchObject({
      dryRun: true,
      imported: 1,
      rejected: 2,
      firstErrors: [
        { line: 3, rule: 'unique' },
        { line: 4, rule: 'type' },
      ],
    });
    expect(await count()).toBe(0);
    expect(await penstock.cliJson('imports', 'list', '-t', table)).toEqual({ imports: [] });
  });

  it('refuses the same content a second time, also packed, unless it is forced', async () => {
    const text = csv([sale(1)]);
    await receipt(await file(text), '-p', schema);
    for (const content of [text, gzipSync(text)]) {
      const { exitCode, stderr } = await importing(await file(content), '-p', schema);
      expect(exitCode).toBe(65);
      expect(stderr).toMatch(/already, by the import/);
    }
    expect(await receipt(await file(text), '-p', schema, '--force')).toMatchObject({ imported: 0, rejected: 1 });
  });

  it('makes monthly partitions where it is asked to', async () => {
    const path = await file(
      csv([sale(1), sale(2, { day: '2025-12-31' }), sale(3, { day: '2024-02-29' }), sale(4, { day: '2025-12-01' })]),
    );
    expect(await receipt(path, '-p', schema, '--create_partitions')).toMatchObject({ imported: 4, rejected: 0 });
    const made = await rows(`SELECT c.relname AS name, pg_get_expr(relpartbound, c.oid) AS bound FROM pg_class c
      WHERE relname IN ('${table}_2025_12', '${table}_2024_02') ORDER BY 1`);
    expect(made.map(({ bound }) => bound)).toEqual([
      "FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
      "FOR VALUES FROM ('2025-12-01') TO ('2026-01-01')",
    ]);
  });

  it('reads dates of another form, and shows bad rows as they are in the file', async () => {
    const own = await file(
      (await readFile(schema, 'utf8')).replace('sales_date: date', 'sales_date: {type: date, format: DD.MM.YYYY}'),
      'own.yaml',
    );
    const path = await file(
      csv([sale(1, { day: '31.01.2025' }), sale(2, { day: '2025-01-31' }), sale(1, { day: '31.01.2025' })]),
    );
    const done = await receipt(path, '-p', own, '-e', `${table}_bad`);
    expect(done).toMatchObject({ imported: 1, rejected: 2 });
    expect(await rows(`SELECT sales_date::text AS day FROM ${table}`)).toEqual([{ day: '2025-01-31' }]);
    expect(await rows(`SELECT rule, raw_record FROM ${table}_bad ORDER BY line_number`)).toEqual([
      { rule: 'type', raw_record: sale(2, { day: '2025-01-31' }) },
      { rule: 'unique', raw_record: sale(1, { day: '31.01.2025' }) },
    ]);
  });

  it.each([
    ['sale_id: string\n', /sale_id \(line 1\): must be one of/],
    ['colour: str\n', /colour: is no column/],
    ['a: [\n', /line \d: is not YAML/],
  ])('says what is wrong with the schema %j', async (text, words) => {
    const { exitCode, stderr } = await importing(await file(csv([sale(1)])), '-p', await file(text, 'wrong.yaml'));
    expect(exitCode).toBe(65);
    expect(stderr).toMatch(words);
  });
});

describe('an import that dies', { timeout: 120_000 }, () => {
  const many = (): string => csv(Array.from({ length: 150_000 }, (_, n) => sale(n)));
  const running = async (): Promise<boolean> =>
    (
      await rows(
        `SELECT FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%COPY%' AND pid <> pg_backend_pid()`,
      )
    ).length > 0;

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'of %s leaves nothing, and a second run just works',
    async (signal) => {
      const path = await file(many());
      const rejected = join(penstock.folder, `${table}.rejected`);
      const child = run(['-c', path, '-t', table, '-p', schema, '-e', `${table}_bad`, '--rejected', rejected]);
      await until(running, Boolean);
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      expect(code).toBe({ SIGKILL: null, SIGINT: 130, SIGTERM: 143 }[signal]);
      await until(running, (still) => !still);
      expect(await count()).toBe(0);
      expect(await rows(`SELECT to_regclass('${table}_bad') AS found`)).toEqual([{ found: null }]);
      expect(await rows(`SELECT relname FROM pg_class WHERE relname LIKE 'penstock_import%'`)).toEqual([]);
      await expect(access(rejected)).rejects.toThrow();
      expect(await receipt(path, '-p', schema)).toMatchObject({ imported: 150_000, rejected: 0 });
      expect(await rows(`SELECT sum(sales_amount)::text AS total FROM ${table}`)).toEqual([{ total: '3600000.00' }]);
    },
  );
});

describe('imports over HTTP', { timeout: 60_000 }, () => {
  const upload = async (fields: Record<string, string>, content: string, headers: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([content], { type: 'text/csv' }), 'sales of 2025.csv');
    const response = await fetch(new URL('/imports', penstock.url), { method: 'POST', body: form, headers });
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: (await response.json()) as Body,
    };
  };
  const ended = (id: unknown): Promise<Body> =>
    until(
      () => penstock.get(`/imports/${String(id)}`),
      ({ state }) => state !== 'accepted' && state !== 'running',
    );

  it('go on by themselves, and are found under their id, with their errors', async () => {
    const text = csv([sale(1), sale(2, { quantity: 'x' }), sale(3)]);
    const { status, location, body } = await upload({ table, schema: await readFile(schema, 'utf8') }, text);
    expect([status, location]).toEqual([202, `/imports/${String(body['id'])}`]);
    expect(await ended(body['id'])).toMatchObject({
      state: 'succeeded',
      imported: 2,
      rejected: 1,
      source: 'sales_of_2025.csv',
    });
    const errors = (await penstock.get(`/imports/${String(body['id'])}/errors`))['errors'] as Body[];
    expect(errors).toMatchObject([{ line_number: 3, rule: 'type', value: 'x' }]);
    const asText = async (accept: string): Promise<string> =>
      (await fetch(new URL(`/imports/${String(body['id'])}/errors`, penstock.url), { headers: { accept } })).text();
    expect(
      (await asText('application/x-ndjson'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Body),
    ).toEqual(errors);
    expect(await asText('text/csv')).toMatch(/^id,import_id,table_name,line_number,raw_record,/);
    const { imports } = (await penstock.get(`/imports?table=${table}`)) as { imports: Body[] };
    expect(imports.map(({ id }) => id)).toEqual([body['id']]);
  });

  it('come as a body of CSV, or as the key of an object', async () => {
    const raw = await fetch(new URL(`/imports?table=${table}`, penstock.url), {
      method: 'POST',
      body: csv([sale(1)]),
      headers: { 'content-type': 'text/csv' },
    });
    expect(raw.status).toBe(202);
    expect(await ended(((await raw.json()) as Body)['id'])).toMatchObject({ state: 'succeeded', imported: 1 });
    const key = `${table}/sales.csv`;
    await fetch(new URL(`/s3/upload?key=${key}`, penstock.url), {
      method: 'POST',
      body: csv([sale(2)]),
      headers: { 'content-type': 'text/csv' },
    });
    const { status, body } = await penstock.post('/imports', { table, key });
    expect(status).toBe(202);
    expect(await ended(body['id'])).toMatchObject({ state: 'succeeded', imported: 1, source: 'sales.csv' });
    expect(await penstock.get(`/s3/object-info?key=${key}`)).toMatchObject({ exists: true });
    expect((await penstock.get('/s3/objects?prefix=imports/'))['objects']).toEqual([]);
  });

  it('fail with their reason, and end when they are cancelled', async () => {
    const bad = await upload({ table }, csv([sale(1, { quantity: 'x' })]));
    expect(await ended(bad.body['id'])).toMatchObject({ state: 'failed', error: { code: 'rows.rejected' } });
    const over = await upload(
      { table, schema: await readFile(schema, 'utf8'), reject_limit: '0' },
      csv([sale(1, { quantity: 'x' })]),
    );
    expect(await ended(over.body['id'])).toMatchObject({ state: 'failed', rejected: 1, reason: expect.any(String) });
    const long = await upload({ table }, csv(Array.from({ length: 60_000 }, (_, n) => sale(n))));
    const { body } = await penstock.post(`/imports/${String(long.body['id'])}/cancel`);
    expect(body).toMatchObject({ id: long.body['id'] });
    expect(['cancelled', 'succeeded']).toContain((await ended(long.body['id']))['state']);
    expect(await penstock.call('POST', '/imports/none/cancel')).toMatchObject({ status: 404 });
  });

  it('are one import when they come twice under one idempotency key', async () => {
    const text = csv([sale(1)]);
    const key = { 'idempotency-key': table };
    const [one, two] = [await upload({ table }, text, key), await upload({ table }, text, key)];
    expect(two.body['id']).toBe(one.body['id']);
    expect(await ended(one.body['id'])).toMatchObject({ state: 'succeeded', imported: 1 });
    expect((await upload({ table: 'other' }, text, key)).status).toBe(409);
  });

  it.each([
    ['/imports', { key: 'x' }, 400],
    ['/imports', { table: 'x' }, 400],
    ['/imports', { table: 'x', key: 'nowhere' }, 404],
    ['/imports', { table: 'x', key: 'k', colour: 'red' }, 400],
    ['/imports', { table: 'x', key: 'k', reject_limit: 'some' }, 400],
    ['/imports', { table: 'x', key: 'k', schema: 'a: b' }, 422],
    ['/imports', [], 400],
  ])('answer %s %j with %i', async (path, body, status) => {
    expect((await penstock.post(path, body)).status).toBe(status);
  });

  it('that are not there are told so', async () => {
    for (const path of ['/imports/none', '/imports/none/errors', '/imports/7c9e6679-7425-40de-944b-e07fc1f90ae7']) {
      expect(await penstock.call('GET', path)).toMatchObject({ status: 404, body: { code: 'import.unknown' } });
    }
    expect((await penstock.call('GET', '/imports?cursor=x')).status).toBe(400);
  });
});

function run(words: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', HOME: penstock.folder, PENSTOCK_HOME: penstock.home };
  return spawn(process.execPath, [CLI, 'import-data', ...words], { env, cwd: penstock.folder });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return text;
}
