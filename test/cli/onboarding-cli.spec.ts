import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/command-line.js';
import { COMMAND_GROUPS } from '../../src/interfaces/cli/command-groups.js';
import { onboardingOver, OnboardingWorld } from '../support/onboarding-capability.js';

let world: OnboardingWorld;
beforeEach(() => {
  world = new OnboardingWorld();
});
afterEach(() => vi.restoreAllMocks());

/** The command as typed, over the stores of the test. */
async function penstock(...words: string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0);
  const group = COMMAND_GROUPS.find(({ name }) => name === words[0])!;
  const exitCode = await runCommand(group, words, { environment: {}, capabilities: [onboardingOver(world)] });
  vi.restoreAllMocks();
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

async function onboarded(): Promise<string> {
  world.streams.put('clicks', 0, '{"id":1}');
  const { stdout } = await penstock('streams', 'onboard', 'clicks', 'clicks', '--yes', '--json');
  return (JSON.parse(stdout) as { connectorId: string }).connectorId;
}

describe('penstock streams', () => {
  it('lists streams, one a line or as JSON', async () => {
    world.streams.put('a', 0, '{}');
    world.streams.put('b', 0, '{}');
    expect(await penstock('streams', 'list')).toEqual({ exitCode: 0, stdout: 'a\nb\n', stderr: '' });
    expect((await penstock('streams', 'list', '--json')).stdout).toBe('{"streamNames":["a","b"]}\n');
  });

  it('shows a sample as a table, without letting values drive the terminal', async () => {
    world.streams.put('clicks', 0, JSON.stringify({ 'id\u001b[2J': 1, text: '\u001b[2J' }));
    const { exitCode, stdout } = await penstock('streams', 'sample', 'clicks');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^COLUMN +TYPE +SEEN/);
    expect(stdout).toMatch(/^text +Nullable\(String\) +1 text/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('onboards as sampled, or by a file', async () => {
    const id = await onboarded();
    expect(world.connectors.all.get(id)).toMatchObject({
      state: 'running',
      columns: [{ name: 'id', type: 'Nullable(Int64)' }],
    });
    const folder = await mkdtemp(join(tmpdir(), 'penstock-schema-'));
    const file = join(folder, 'schema.json');
    await writeFile(file, JSON.stringify([{ name: 'id', type: 'UInt8' }]));
    const flags = [
      '--schema',
      file,
      '--order-by',
      'id',
      '--start-from',
      'LATEST',
      '--on-new-field',
      'reject',
      '--paused',
    ];
    const { exitCode, stdout } = await penstock('streams', 'onboard', 'clicks', 'by_file', ...flags);
    await rm(folder, { recursive: true });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('CREATE TABLE default.by_file');
    const made = [...world.connectors.all.values()].find(({ target }) => target.table === 'by_file');
    expect(made).toMatchObject({
      orderBy: ['id'],
      onNewField: 'reject',
      state: 'paused',
      startFrom: { atMs: expect.any(Number) },
    });
  });

  it('takes nobody at the terminal for a no', async () => {
    world.streams.put('clicks', 0, '{"id":1}');
    const { exitCode, stdout, stderr } = await penstock('streams', 'onboard', 'clicks', 'clicks');
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain('--yes');
    expect(world.connectors.all.size).toBe(0);
  });

  it.each([
    [['streams', 'sample', 'nowhere'], 66],
    [['streams', 'onboard', 'clicks', ' ', '--yes'], 65],
    [['connectors', 'show', 'nobody'], 66],
    [['connectors', 'list', '--cursor', '!'], 64],
  ])('exits %j with %i', async (words, code) => {
    world.streams.put('clicks', 0, '{"id":1}');
    const { exitCode, stdout, stderr } = await penstock(...words);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toMatch(/^penstock: /m);
  });
});

describe('penstock connectors', () => {
  it('lists, shows, pauses, resumes and removes', async () => {
    const id = await onboarded();
    expect((await penstock('connectors', 'list')).stdout).toMatch(
      new RegExp(`^${id} +clicks +default\\.clicks +running`, 'm'),
    );
    expect((await penstock('connectors', 'pause', id)).stdout).toMatch(/^state +paused$/m);
    expect((await penstock('connectors', 'resume', id, '--json')).stdout).toContain('"state":"running"');
    expect(await penstock('connectors', 'remove', id, '--yes', '--json')).toMatchObject({
      exitCode: 0,
      stdout: `{"removed":"${id}","tableDropped":false}\n`,
    });
    expect((await penstock('connectors', 'list')).stdout).toBe('There are no connectors.\n');
  });

  it('lists, replays and discards dead letters', async () => {
    const id = await onboarded();
    const letter = {
      connectorId: id,
      shardId: 's',
      subSequenceNumber: 0,
      partitionKey: 'k',
      arrivedAtMs: 0,
      code: 'record.not-json',
      reason: 'no',
    };
    await world.letters.add(
      ['{"id":1}', 'x'].map((text, n) => ({ ...letter, sequenceNumber: String(n), data: Buffer.from(text) })),
    );
    expect((await penstock('connectors', 'dead-letters', id, '--state', 'open')).stdout.split('\n')).toHaveLength(4);
    expect((await penstock('connectors', 'replay', id, '--json')).stdout).toBe(
      '{"replayed":1,"stillFailing":1,"remaining":false}\n',
    );
    expect((await penstock('connectors', 'discard', id, '--all')).stdout).toBe('1 discarded.\n');
  });
});

describe('penstock query', () => {
  it('prints a page, and where the next one is', async () => {
    const { stdout } = await penstock('query', 'SELECT 1', '--page-size', '50');
    expect(stdout).toBe('N\n1\nPage 1 of 5, 201 rows: --page 2\n');
  });
});
