import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHome } from '../../../../src/infrastructure/embedded/supervisor/home-lock.js';

const nobodyServes = () => Promise.resolve(false);

describe('lockHome', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penstock-lock-'));
    path = join(folder, 'supervisor.lock');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('lets one in, and sends the next away while the first serves', async () => {
    const lock = await lockHome(path, nobodyServes);
    expect(await lockHome(path, () => Promise.resolve(true))).toBeUndefined();
    await lock?.release();
  });

  it('lets the next in when the first is gone, asking meanwhile whether anybody serves', async () => {
    const lock = await lockHome(path, nobodyServes);
    let asked = 0;
    const next = await lockHome(path, async () => {
      asked += 1;
      if (asked === 2) await lock?.release();
      return false;
    });
    expect(next).toBeDefined();
    expect(asked).toBeGreaterThanOrEqual(2);
    await next?.release();
  });

  it('is free again when its holder was killed', async () => {
    const module = pathToFileURL(join(import.meta.dirname, HOME_LOCK)).href;
    const program = join(folder, 'holder.mjs');
    await writeFile(
      program,
      `const { lockHome } = await import(${JSON.stringify(module)});
       await lockHome(process.argv[2], async () => false);
       process.send('held');
       setInterval(() => {}, 1000);`,
    );
    const holder = fork(program, [path], { execArgv: [] });
    await once(holder, 'message');
    expect(await lockHome(path, () => Promise.resolve(true))).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await lockHome(path, nobodyServes);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  it('does not wait where no lock can be: that is no other holder', async () => {
    await writeFile(path, 'a file, no folder');
    await expect(lockHome(path, nobodyServes)).rejects.toMatchObject({ code: 'LEVEL_DATABASE_NOT_OPEN' });
  });
});

const HOME_LOCK = '../../../../dist/src/infrastructure/embedded/supervisor/home-lock.js';
