import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../../src/domain/ports/clock.port.js';
import { Log } from '../../../src/domain/ports/log.port.js';
import { FileApiKeys } from '../../../src/infrastructure/access/file-api-keys.js';

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');

class SteppedClock extends Clock {
  private now = 1_000_000;
  nowMs(): number {
    return this.now;
  }
  async sleep(ms: number): Promise<void> {
    this.now += ms;
  }
}

class KeptLog extends Log {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(message);
  }
  info(message: string): void {
    this.lines.push(message);
  }
  warning(message: string): void {
    this.lines.push(message);
  }
  error(message: string): void {
    this.lines.push(`error: ${message}`);
  }
}

describe('FileApiKeys', () => {
  let folder: string;
  let path: string;
  let clock: SteppedClock;
  let log: KeptLog;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penstock-keys-'));
    path = join(folder, 'keys.yaml');
    clock = new SteppedClock();
    log = new KeptLog();
  });
  afterEach(() => rm(folder, { recursive: true }));
  const open = (): Promise<FileApiKeys> => FileApiKeys.open(path, clock, log);
  const entry = (name: string, key = name): string =>
    `- name: ${name}\n  sha256: ${sha256(key)}\n  scopes: [read, load]\n`;

  it('knows a key by its hash', async () => {
    await writeFile(
      path,
      entry('a') +
        entry('b')
          .toUpperCase()
          .replace('- NAME: B', '- name: b')
          .replace('SHA256', 'sha256')
          .replace('SCOPES: [READ, LOAD]', 'scopes: [admin]'),
    );
    const keys = await open();
    expect(await keys.identify('a')).toEqual({ name: 'a', scopes: ['read', 'load'] });
    expect(await keys.identify('b')).toEqual({ name: 'b', scopes: ['admin'] });
    await expect(keys.identify('c')).rejects.toMatchObject({ code: 'key.refused' });
    await expect(keys.identify(undefined)).rejects.toMatchObject({ code: 'key.missing' });
  });

  it.each([
    ['nothing', '', ['API_KEYS_FILE']],
    ['no YAML', '- {a: [', ['API_KEYS_FILE']],
    ['no list', 'a: 1', ['API_KEYS_FILE']],
    ['an empty list', '[]', ['API_KEYS_FILE']],
    ['a list of words', '[hunter2]', ['API_KEYS_FILE 0.name', 'API_KEYS_FILE 0.sha256', 'API_KEYS_FILE 0.scopes']],
    ['aliases', `- &a {name: a, sha256: ${sha256('a')}, scopes: [read]}\n- *a\n`, ['API_KEYS_FILE']],
    ['the key itself', '- {name: a, sha256: hunter2, scopes: [read]}', ['API_KEYS_FILE 0.sha256']],
    ['an unknown scope', `- {name: a, sha256: ${sha256('a')}, scopes: [read, hunter2]}`, ['API_KEYS_FILE 0.scopes']],
    ['no scope', `- {name: a, sha256: ${sha256('a')}, scopes: []}`, ['API_KEYS_FILE 0.scopes']],
    ['an unknown field', `- {name: a, sha256: ${sha256('a')}, scopes: [read], key: hunter2}`, ['API_KEYS_FILE 0.key']],
    [
      'one name twice',
      `- {name: a, sha256: ${sha256('a')}, scopes: [read]}\n- {name: a, sha256: ${sha256('b')}, scopes: [read]}`,
      ['API_KEYS_FILE 1.name'],
    ],
    [
      'one key twice',
      `- {name: a, sha256: ${sha256('a')}, scopes: [read]}\n- {name: b, sha256: ${sha256('a')}, scopes: [read]}`,
      ['API_KEYS_FILE 1.sha256'],
    ],
  ])('refuses a file with %s, and says where', async (_case, text, paths) => {
    await writeFile(path, text);
    const refusal = (await open().catch((error: unknown) => error)) as { code: string; faults: { path: string }[] };
    expect(refusal.code).toBe('settings.invalid');
    expect([...new Set(refusal.faults.map((fault) => fault.path))]).toEqual(paths);
    expect(JSON.stringify(refusal.faults)).not.toContain('hunter');
  });

  it('takes the file that docs/access.md shows', async () => {
    const example = /```yaml\n([^`]+)```/.exec(await readFile('docs/access.md', 'utf8'));
    await writeFile(path, example![1]!);
    expect(await (await open()).identify('example-key')).toEqual({ name: 'nightly-load', scopes: ['read', 'load'] });
  });

  it('refuses a file that is not there', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'settings.invalid', faults: [{ path: 'API_KEYS_FILE' }] });
  });

  it('takes a changed file up within a second, whether written over or moved into place', async () => {
    await writeFile(path, entry('old'));
    const keys = await open();
    await writeFile(path, entry('new', 'other'));
    expect((await keys.identify('old')).name).toBe('old');
    await clock.sleep(1000);
    await expect(keys.identify('old')).rejects.toMatchObject({ code: 'key.refused' });
    expect((await keys.identify('other')).name).toBe('new');
    await writeFile(join(folder, 'next.yaml'), entry('old'));
    await rename(join(folder, 'next.yaml'), path);
    await clock.sleep(1000);
    expect((await keys.identify('old')).name).toBe('old');
  });

  it('keeps the keys it has while the file is broken or away, and says so once for each change', async () => {
    await writeFile(path, entry('a'));
    const keys = await open();
    await writeFile(path, 'broken');
    for (let i = 0; i < 3; i += 1) {
      await clock.sleep(1000);
      expect((await keys.identify('a')).name).toBe('a');
    }
    expect(log.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    await writeFile(path, entry('b'));
    await clock.sleep(1000);
    expect((await keys.identify('b')).name).toBe('b');
  });
});
