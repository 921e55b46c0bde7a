import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoundedLog } from '../../../src/infrastructure/embedded/supervisor/bounded-log.js';

describe('the log of an engine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('never grows beyond its bound and the chunk that crossed it, and keeps one generation', () => {
    const log = new BoundedLog(join(folder, 'engine.log'), 1000);
    for (let line = 0; line < 500; line += 1) log.write(Buffer.from(`line ${String(line).padStart(4, '0')}\n`));
    log.close();
    const [now, before] = [log.path, `${log.path}.1`].map((path) => readFileSync(path, 'utf8'));
    expect(now?.length).toBeLessThan(1010);
    expect(before?.length).toBeLessThan(1010);
    expect(`${before}${now}`.endsWith('line 0498\nline 0499\n')).toBe(true);
  });

  it('goes on where a former process ended, so that restarts do not lift its bound', () => {
    for (let life = 0; life < 50; life += 1) {
      const log = new BoundedLog(join(folder, 'engine.log'), 1000);
      log.write(Buffer.alloc(100, 'x'));
      log.close();
    }
    expect(statSync(join(folder, 'engine.log')).size).toBeLessThan(1000);
  });

  it('tells the last words of this life, not of the one before', () => {
    const log = new BoundedLog(join(folder, 'engine.log'));
    log.write(Buffer.from('of yesterday\n'));
    log.startTail();
    for (let line = 0; line < 100; line += 1) log.write(Buffer.from(`line ${line}\n`));
    expect(log.tail.startsWith('line 88\n')).toBe(true);
    expect(log.tail.endsWith('line 99')).toBe(true);
    log.close();
  });

  it('writes nothing after it was closed', () => {
    const log = new BoundedLog(join(folder, 'engine.log'));
    log.close();
    log.write(Buffer.from('too late\n'));
    expect(readFileSync(log.path, 'utf8')).toBe('');
  });
});
