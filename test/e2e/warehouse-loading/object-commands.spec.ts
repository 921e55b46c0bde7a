import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedEngines } from '../../../src/infrastructure/embedded/supervised-engines.js';
import { bytesOf, MIB } from '../../support/object-bytes.js';
import { penstock, type Run } from '../../support/penstock.js';
import { until } from '../../support/running-penstock.js';
import { foreignClient } from '../../support/s3-adapters.js';

let folder: string;
let client: S3Client;
let engines: SupervisedEngines;
let environment: Record<string, string>;
const at = (name: string): string => join(folder, name);
const objects = (...words: string[]): Promise<Run> => penstock(['objects', ...words], environment);


beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-object-commands-'));
  environment = { PENSTOCK_HOME: join(folder, 'data') };
  // Held, so that it is not started for each command.
  engines = new SupervisedEngines({ home: join(folder, 'data'), startTimeoutMs: 60_000 });
  client = foreignClient(await engines.endpoint('s3'));
  await writeFile(at('small.txt'), 'hello');
  await writeFile(at('large.bin'), bytesOf(20 * MIB));
});
afterAll(async () => {
  client?.destroy();
  await engines?.stop();
  await engines?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function spawnObjects(...words: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: folder, ...environment };
  return spawn(process.execPath, [resolve('dist/src/cli.js'), 'objects', ...words], { env, cwd: folder });
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

const openUploads = async (): Promise<number> =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: 'penstock' }))).Uploads?.length ?? 0;

describe('penstock objects', () => {
  it('puts, lists, shows, patches, gets and removes', async () => {
    const put = await objects('put', at('large.bin'), 'path/to/large', '--content-type', 'text/csv', '--json');
    expect(put).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(put.stdout)).toMatchObject({ key: 'path/to/large', size: 20 * MIB, version_id: null });
    await objects('put', at('small.txt'), 'path/small');
    expect((await objects('ls', 'path/')).stdout).toMatch(
      /^ *BYTES +MODIFIED +KEY\n +5 .* path\/small\n20971520 .* path\/to\/large\n$/,
    );
    const tree = JSON.parse((await objects('ls', 'path/', '-d', '/', '--json')).stdout) as object;
    expect(tree).toMatchObject({ count: 1, prefixes: ['path/to/'] });
    expect((await objects('info', 'path/to/large')).stdout).toMatch(/^size +20971520$[^]*^type +text\/csv$/m);
    const offset = String(12 * MIB);
    expect(await objects('patch', 'path/to/large', at('small.txt'), '--offset', offset)).toMatchObject({ exitCode: 0 });
    const got = await objects('get', 'path/to/large', at('got.bin'), '--json');
    expect(JSON.parse(got.stdout)).toMatchObject({ file: at('got.bin'), size: 20 * MIB });
    const bytes = bytesOf(20 * MIB);
    bytes.write('hello', 12 * MIB);
    expect((await readFile(at('got.bin'))).equals(bytes)).toBe(true);
    expect(await objects('rm', 'path/to/large')).toMatchObject({ exitCode: 0, stdout: 'Removed.\n' });
    expect((await objects('info', 'path/to/large', '--json')).stdout).toContain('"exists":false');
  });

  it('reads the standard input and writes the standard output', async () => {
    const put = spawnObjects('put', '-', 'piped');
    put.stdin?.end('through a pipe');
    expect(await ended(put)).toBe(0);
    expect(await objects('get', 'piped', '-')).toEqual({ exitCode: 0, stdout: 'through a pipe', stderr: '' });
    expect((await objects('get', 'piped', '-', '--range', '0-6')).stdout).toBe('through');
  });

  it('replaces nothing unless told to: neither objects nor files', async () => {
    expect(await objects('put', at('small.txt'), 'once')).toMatchObject({ exitCode: 0 });
    expect(await objects('put', at('small.txt'), 'once')).toMatchObject({ exitCode: 65, stdout: '' });
    expect(await objects('put', at('large.bin'), 'once', '--overwrite')).toMatchObject({ exitCode: 0 });
    expect(await objects('put', at('small.txt'), 'never', '--update')).toMatchObject({ exitCode: 66 });
    expect(await objects('put', at('small.txt'), 'once', '--if-match', 'other')).toMatchObject({ exitCode: 65 });
    const get = await objects('get', 'once', at('small.txt'));
    expect(get).toMatchObject({ exitCode: 64, stdout: '' });
    expect(get.stderr).toContain('--force');
    expect(await readFile(at('small.txt'), 'utf8')).toBe('hello');
  });

  it('signs URLs', async () => {
    await objects('put', at('small.txt'), 'signed');
    const { stdout } = await objects('presign', 'signed', '--expires-in', '60');
    expect(await (await fetch(stdout.trim())).text()).toBe('hello');
    const put = (await objects('presign', 'signed by put', '--put')).stdout.trim();
    expect((await fetch(put, { method: 'PUT', body: 'x' })).status).toBe(200);
  });

  it.each([
    [['get', 'nothing', 'nothing.bin'], 66],
    [['info', 'nothing'], 66],
    [['rm', 'nothing'], 66],
    [['patch', 'nothing', 'small.txt', '--offset', '0'], 66],
    [['info', 'a/../b'], 65],
    [['ls', '--cursor', '!'], 64],
    [['ls', '--limit', '0'], 64],
    [['patch', 'nothing', 'small.txt'], 64],
    [['put', '-'], 64],
    [['put', 'no-such-file', 'k'], 64],
    [['put', '.', 'k'], 64],
    [['sing'], 64],
  ])('ends %j with %i, and says why on stderr', async (words, code) => {
    const child = spawnObjects(...words);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
    child.stdin?.end();
    expect(await ended(child)).toBe(code);
    if (words[0] !== 'info' || code !== 66) expect([stdout, stderr]).toEqual(['', expect.stringMatching(/\S/)]);
  });

  it('ends with 69 when the store does not answer', async () => {
    const store = {
      S3_ENDPOINT_URL: 'http://127.0.0.1:9',
      S3_ACCESS_KEY_ID: 'a',
      S3_SECRET_ACCESS_KEY: 'b',
      S3_BUCKET_NAME: 'bucket',
    };
    const run = await penstock(['objects', 'ls'], { ...environment, ...store, S3_MAX_ATTEMPTS: '1' });
    expect(run).toMatchObject({ exitCode: 69, stdout: '' });
    expect(run.stderr).toContain('did not answer');
  });

  it('leaves nothing half done on Ctrl-C: no object, no parts', async () => {
    const put = spawnObjects('put', '-', 'interrupted');
    put.stdin?.on('error', () => undefined);
    put.stdin?.write(bytesOf(20 * MIB));
    await until(openUploads, (open) => open > 0);
    put.kill('SIGINT');
    expect(await ended(put)).toBe(130);
    expect(await openUploads()).toBe(0);
    expect((await objects('info', 'interrupted')).exitCode).toBe(66);

    const { etag } = JSON.parse((await objects('info', 'once', '--json')).stdout) as { etag: string };
    const patch = spawnObjects('patch', 'once', '-', '--offset', '5');
    patch.stdin?.on('error', () => undefined);
    patch.stdin?.write(bytesOf(20 * MIB));
    await until(openUploads, (open) => open > 0);
    patch.kill('SIGTERM');
    expect(await ended(patch)).toBe(143);
    expect(await openUploads()).toBe(0);
    expect((await objects('info', 'once', '--json')).stdout).toContain(JSON.stringify(etag));
  });
});
