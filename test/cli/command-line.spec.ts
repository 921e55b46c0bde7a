import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../src/capabilities.js';
import { COMMAND_GROUPS } from '../../src/interfaces/cli/command-groups.js';
import { penstock, type Run } from '../support/penstock.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-cli-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const run = (...words: string[]): Promise<Run> => penstock(words, { PENSTOCK_HOME: join(home, 'none') });

it('names capabilities in its table of commands that there are', () => {
  const known = CAPABILITIES.map(({ name }) => name);
  const named = COMMAND_GROUPS.flatMap(({ capabilities }) => (typeof capabilities === 'string' ? [] : capabilities));
  expect(known).toEqual(expect.arrayContaining([...named]));
});

describe('penstock', () => {
  it.each([[['--help']], [['-h']], [['help']]])('tells all commands on %j', async (words) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { name } of COMMAND_GROUPS) expect(stdout).toMatch(new RegExp(`^  ${name} +`, 'm'));
    expect(COMMAND_GROUPS.every(({ description }) => stdout.includes(description))).toBe(true);
  });

  it.each(['--version', '-V'])('tells its version on %s', async (word) => {
    expect(await run(word)).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it.each([
    [[]],
    [['nosuch']],
    [['--nosuch']],
    [['streams']],
    [['streams', 'nosuch']],
    [['streams', 'sample']],
    [['streams', 'sample', 'a', 'b']],
    [['streams', 'sample', 'a', '--sample-size', 'many']],
    [['streams', 'list', '--nosuch']],
    [['connectors', 'discard', 'c']],
    [['engines', 'nosuch']],
    [['migrate']],
    [['query']],
    [['load', 'user-locations', '-', '-k', '']],
    [['load', 'user-locations', '-', '-k', ' a ']],
    [['load', 'user-locations', '-', '-k', 'é']],
    [['load', 'user-locations', '-', '--idempotency-key', 'k'.repeat(256)]],
    [['runs', 'start', 'nightly', '--idempotency-key', '']],
    [['serve', 'now']],
  ])('says on stderr what is wrong with %j and exits with 64', async (words) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^(error|Usage): /);
  });

  it.each(COMMAND_GROUPS)('describes $name as its own help does', async ({ name, description }) => {
    const { exitCode, stdout, stderr } = await run(name, '--help');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(`Usage: penstock ${name} `)).toBe(true);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(description);
  });

  it('tells all wrong settings at once, without their values, and exits with 64', async () => {
    const environment = { PENSTOCK_HOME: home, PORT: 'secret-port', ENGINE_START_TIMEOUT_MS: 'soon' };
    const { exitCode, stdout, stderr } = await penstock(['engines'], environment);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/PORT: .*\n.*ENGINE_START_TIMEOUT_MS: /);
    expect(stderr).not.toMatch(/secret-port|soon/);
  });

  it('starts no engine and leaves nothing behind for help, and for a look at the engines', async () => {
    await run('connectors', 'list', '--help');
    expect(await run('engines', '--json')).toEqual({ exitCode: 0, stdout: '{}\n', stderr: '' });
    expect(await readdir(home)).toEqual([]);
  });
});
