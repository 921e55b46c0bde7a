import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CAPABILITIES } from '../../src/capabilities.js';
import { runCommand } from '../../src/command-line.js';
import { COMMAND_GROUPS } from '../../src/interfaces/cli/command-groups.js';
import { bytesOf, MIB } from '../support/object-bytes.js';
import { bucketOf, foreignClient } from '../support/s3-adapters.js';
import { IDENTITY, REGION } from '../support/aws-identity.js';
import { openOwnS3, type OwnS3 } from '../support/s3-engines.js';

let own: OwnS3;
let folder: string;
let environment: Record<string, string>;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  own = await openOwnS3();
  folder = await mkdtemp(join(tmpdir(), 'penstock-objects-cli-'));
  environment = {
    S3_ENDPOINT_URL: own.url,
    S3_BUCKET_NAME: 'commands',
    S3_ACCESS_KEY_ID: IDENTITY.accessKeyId,
    S3_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey,
  };
  const client = foreignClient({ url: own.url, ...IDENTITY, region: REGION });
  await bucketOf(client, 'commands').create();
  client.destroy();
  await writeFile(at('small.txt'), 'hello');
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await own.close();
  await rm(folder, { recursive: true });
});

/** The command as typed, on a real store. */
async function objects(...words: string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0);
  const group = COMMAND_GROUPS.find(({ name }) => name === 'objects')!;
  const exitCode = await runCommand(group, ['objects', ...words], { environment, capabilities: CAPABILITIES });
  vi.restoreAllMocks();
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

const json = async (...words: string[]) => JSON.parse((await objects(...words, '--json')).stdout) as object;

describe('penstock objects', () => {
  it('puts, lists, shows, patches, gets and removes', async () => {
    await writeFile(at('large.bin'), bytesOf(9 * MIB));
    const put = await objects('put', at('large.bin'), 'path/to/large', '--content-type', 'text/csv', '--json');
    expect(put).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(put.stdout)).toMatchObject({ key: 'path/to/large', size: 9 * MIB, version_id: null });
    await objects('put', at('small.txt'), 'path/small');
    expect((await objects('ls', 'path/')).stdout).toMatch(
      /^ *BYTES +MODIFIED +KEY\n +5 .* path\/small\n *9437184 .* path\/to\/large\n$/,
    );
    expect(await json('ls', 'path/', '-d', '/')).toMatchObject({ count: 1, prefixes: ['path/to/'] });
    expect((await objects('ls', 'path/', '--limit', '1')).stdout).toMatch(/There are more: --cursor \S+\n$/);
    expect((await objects('info', 'path/to/large')).stdout).toMatch(/^size +9437184$[^]*^type +text\/csv$/m);
    await objects('patch', 'path/to/large', at('small.txt'), '--offset', String(6 * MIB));
    expect(await json('get', 'path/to/large', at('got.bin'))).toMatchObject({ file: at('got.bin'), size: 9 * MIB });
    const bytes = bytesOf(9 * MIB);
    bytes.write('hello', 6 * MIB);
    expect((await readFile(at('got.bin'))).equals(bytes)).toBe(true);
    expect(await objects('rm', 'path/to/large')).toMatchObject({ exitCode: 0, stdout: 'Removed.\n' });
    expect(await objects('info', 'path/to/large', '--json')).toMatchObject({
      exitCode: 66,
      stdout: '{"key":"path/to/large","exists":false,"size":null}\n',
    });
  });

  it('replaces nothing unless told to: neither objects nor files', async () => {
    expect(await objects('put', at('small.txt'), 'once')).toMatchObject({ exitCode: 0 });
    expect(await objects('put', at('small.txt'), 'once')).toMatchObject({ exitCode: 65, stdout: '' });
    await writeFile(at('other.txt'), 'other');
    expect(await objects('put', at('other.txt'), 'once', '--overwrite')).toMatchObject({ exitCode: 0 });
    expect(await objects('put', at('small.txt'), 'never', '--update')).toMatchObject({ exitCode: 66 });
    expect(await objects('put', at('small.txt'), 'once', '--if-match', 'stale')).toMatchObject({ exitCode: 65 });
    const get = await objects('get', 'once', at('small.txt'));
    expect(get).toMatchObject({ exitCode: 64, stdout: '', stderr: expect.stringContaining('--force') });
    expect(await readFile(at('small.txt'), 'utf8')).toBe('hello');
    expect(await objects('get', 'once', at('other.txt'), '--force', '--range', '1-')).toMatchObject({ exitCode: 0 });
    expect(await readFile(at('other.txt'), 'utf8')).toBe('ther');
    expect(await objects('get', 'once', at('other.txt'), '--force', '--range', `1-${'9'.repeat(20)}`)).toMatchObject({
      exitCode: 0,
    });
    expect(await readFile(at('other.txt'), 'utf8')).toBe('ther');
  });

  it('signs URLs', async () => {
    await objects('put', at('small.txt'), 'signed');
    const { stdout } = await objects('presign', 'signed', '--expires-in', '60');
    expect(await (await fetch(stdout.trim())).text()).toBe('hello');
    const put = (await objects('presign', 'signed by put', '--put')).stdout.trim();
    expect((await fetch(put, { method: 'PUT', body: 'x' })).status).toBe(200);
  });

  it('does not let keys drive the terminal', async () => {
    await objects('put', at('small.txt'), 'keys/\u001b[2J');
    expect((await objects('ls', 'keys/')).stdout).not.toContain('\u001b');
    expect((await objects('info', 'keys/\u001b[2J')).stdout).not.toContain('\u001b');
  });

  it.each([
    [['get', 'nothing', 'nothing.bin'], 66],
    [['rm', 'nothing'], 66],
    [['patch', 'nothing', 'package.json', '--offset', '0'], 66],
    [['info', 'a/../b'], 65],
    [['get', '/'], 64],
    [['ls', '--cursor', '!'], 64],
    [['ls', '--limit', '0'], 64],
    [['patch', 'nothing', 'package.json'], 64],
    [['put', '-'], 64],
    [['put', 'package.json', 'k', '--overwrite', '--update'], 64],
    [['put', 'no-such-file', 'k'], 64],
    [['put', '.', 'k'], 64],
    [['put', 'package.json', 'typed', '-t', 'garbage'], 64],
    [['put', 'package.json', 'typed', '-t', 'text/csv\r\nx-amz-meta-a: b'], 64],
    [['put', 'package.json', 'typed', '-t', 'text/csv\r\n;x'], 64],
    [['get', 'nothing', '-', '-r', 'garbage'], 64],
    [['get', 'nothing', '-', '-r', 'bytes=0-1,3-4'], 64],
    [['get', 'nothing', '-', '-r', 'pages=0-1'], 64],
    [['get', 'nothing', '-', '-r', '5-4'], 64],
    [['get', 'nothing', '-', '-r', '-0'], 65],
    [['sing'], 64],
  ])('ends %j with %i, and says why on stderr', async (words, code) => {
    expect(await objects(...words)).toEqual({ exitCode: code, stdout: '', stderr: expect.stringMatching(/\S/) });
  });

  it.each([
    ['that does not answer', { S3_ENDPOINT_URL: 'http://127.0.0.1:9' }, 'did not answer'],
    ['without the bucket', { S3_BUCKET_NAME: 'not-there' }, 'no such bucket'],
    ['that does not know the key', { S3_SECRET_ACCESS_KEY: 'wrong' }, 'identity'],
  ])('ends with 69 on a store %s', async (_, settings, words) => {
    const before = environment;
    environment = { ...environment, ...settings, S3_MAX_ATTEMPTS: '1' };
    const run = await objects('info', 'k');
    environment = before;
    expect(run).toMatchObject({ exitCode: 69, stdout: '', stderr: expect.stringContaining(words) });
  });
});
