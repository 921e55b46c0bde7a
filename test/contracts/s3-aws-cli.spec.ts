import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY, REGION } from '../support/aws-identity.js';
import { type OwnS3, openOwnS3 } from '../support/s3-engines.js';

/** The words that start the AWS CLI, where there is one. */
function installedCli(): readonly string[] | undefined {
  const named = process.env['AWS_CLI'];
  const candidates = named ? [[named]] : [['aws'], ['python3', '-m', 'awscli']];
  return candidates.find(([command = '', ...words]) => spawnSync(command, [...words, '--version']).status === 0);
}

const cli = installedCli();
const name = cli ? 'The AWS CLI on the S3 endpoint' : 'The AWS CLI, which is not installed, on the S3 endpoint';

describe.skipIf(!cli)(name, { timeout: 120_000 }, () => {
  let s3: OwnS3;
  let dir: string;
  const defects: unknown[] = [];
  beforeAll(async () => {
    s3 = await openOwnS3({ onDefect: (error) => defects.push(error) });
    dir = await mkdtemp(join(tmpdir(), 'penstock-aws-cli-'));
    // Version 1 of the CLI presigns in a way S3 itself no longer takes, unless it is told otherwise.
    await mkdir(join(dir, '.aws'));
    await writeFile(join(dir, '.aws', 'config'), '[default]\ns3 =\n  signature_version = s3v4\n');
  });
  afterAll(async () => {
    await s3?.close();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  function aws(...words: string[]): Promise<string> {
    const [command = '', ...first] = cli!;
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const all = [...first, '--endpoint-url', s3.url, '--output', 'json', ...words];
    return new Promise((resolve, reject) => {
      execFile(command, all, { env, cwd: dir }, (error, stdout, stderr) => {
        if (error) reject(new Error(stderr || error.message));
        else resolve(stdout);
      });
    });
  }
  const json = async (...words: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await aws(...words)) as Record<string, unknown>;

  it('copies large files up and down, in parts', async () => {
    const content = randomBytes(20 * 1024 ** 2);
    await writeFile(join(dir, 'large'), content);
    await aws('s3', 'cp', '--quiet', 'large', 's3://penstock/large files/lärge');
    await aws('s3', 'cp', '--quiet', 's3://penstock/large files/lärge', 'large.down');
    expect((await readFile(join(dir, 'large.down'))).equals(content)).toBe(true);
    const head = await json('s3api', 'head-object', '--bucket', 'penstock', '--key', 'large files/lärge');
    expect(head).toMatchObject({ ContentLength: content.length, ETag: expect.stringMatching(/-3"$/) });
  });

  it('makes buckets, and brings folders into line with them', async () => {
    await aws('s3', 'mb', 's3://synchronized');
    const folder = join(dir, 'folder');
    await mkdir(join(folder, 'deep'), { recursive: true });
    for (const file of ['a.txt', 'b c.txt', 'deep/ü+.json']) await writeFile(join(folder, file), file);
    await aws('s3', 'sync', '--quiet', 'folder', 's3://synchronized/base');
    await rm(join(folder, 'a.txt'));
    await aws('s3', 'sync', '--quiet', '--delete', 'folder', 's3://synchronized/base');
    expect(await aws('s3', 'ls', '--recursive', 's3://synchronized')).not.toContain('a.txt');
    await aws('s3', 'sync', '--quiet', 's3://synchronized/base', 'folder.down');
    expect((await readdir(join(dir, 'folder.down'), { recursive: true })).sort()).toEqual([
      'b c.txt',
      'deep',
      'deep/ü+.json',
    ]);
    await aws('s3', 'mv', '--quiet', 's3://synchronized/base/b c.txt', 's3://synchronized/moved.txt');
    expect(await aws('s3', 'ls', 's3://synchronized/')).toMatch(/PRE base\/\n.* 7 moved\.txt\n/);
    await aws('s3', 'rb', '--force', 's3://synchronized');
    expect(await aws('s3', 'ls')).toMatch(/^\S+ \S+ penstock\n$/);
  });

  it('says what there is to say about objects', async () => {
    await writeFile(join(dir, 'small'), 'content');
    const object = ['--bucket', 'penstock', '--key', 'small'];
    const put = ['--body', 'small', '--metadata', 'a=b', '--tagging', 'k=v', '--content-type', 'text/plain'];
    await json('s3api', 'put-object', ...object, ...put, '--checksum-algorithm', 'SHA256');
    expect(await json('s3api', 'head-object', ...object, '--checksum-mode', 'ENABLED')).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { a: 'b' },
      ChecksumSHA256: createHash('sha256').update('content').digest('base64'),
    });
    expect(await json('s3api', 'get-object-tagging', ...object)).toEqual({ TagSet: [{ Key: 'k', Value: 'v' }] });
    await json('s3api', 'get-object', ...object, '--range', 'bytes=3-', 'small.down');
    expect(await readFile(join(dir, 'small.down'), 'utf8')).toBe('tent');
    await expect(aws('s3api', 'put-object', ...object, '--if-none-match', '*')).rejects.toThrow(/PreconditionFailed/);
  });

  it('makes URLs that anybody can use', async () => {
    await writeFile(join(dir, 'public'), 'for anybody');
    await aws('s3', 'cp', '--quiet', 'public', 's3://penstock/public é');
    const url = (await aws('s3', 'presign', 's3://penstock/public é', '--expires-in', '60')).trim();
    expect(await (await fetch(url)).text()).toBe('for anybody');
  });

  it('finds no fault in the endpoint', () => {
    expect(defects).toEqual([]);
  });
});
