import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoundedLog } from '../../../../src/infrastructure/embedded/supervisor/bounded-log.js';

const MEGABYTE = 1024 * 1024;

describe('BoundedLog', () => {
  let folder: string;
  let path: string;
  let log: BoundedLog;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-log-'));
    path = join(folder, 'engine.log');
    log = new BoundedLog(path);
  });

  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps one former generation and never much more than its limit in each', () => {
    for (let n = 0; n < 23; n += 1) log.write(Buffer.alloc(MEGABYTE, 'x'));
    expect(readdirSync(folder).toSorted()).toEqual(['engine.log', 'engine.log.1']);
    expect(statSync(`${path}.1`).size).toBe(5 * MEGABYTE);
    expect(statSync(path).size).toBe(3 * MEGABYTE);
  });

  it('counts what an earlier process wrote', () => {
    log.close();
    writeFileSync(path, Buffer.alloc(5 * MEGABYTE - 1, 'x'));
    log = new BoundedLog(path);
    log.write(Buffer.from('the last\n'));
    log.write(Buffer.from('the next\n'));
    expect(readFileSync(path, 'utf8')).toBe('the next\n');
  });

  it('is for its owner only', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has the last lines of the current life as its tail, cut where they are long', () => {
    log.write(Buffer.from('of a former life\n'));
    log.startTail();
    for (let n = 1; n <= 20; n += 1) log.write(Buffer.from(`line ${n}\n`));
    log.write(Buffer.from(`${'y'.repeat(1000)}\n`));
    const lines = log.tail.split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe('line 10');
    expect(lines.at(-1)).toBe('y'.repeat(300));
  });

  it('marks its own notes with time and name', () => {
    log.note('stopped');
    expect(readFileSync(path, 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z penstock: stopped\n$/);
  });
});
