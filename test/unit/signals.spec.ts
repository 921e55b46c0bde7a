import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../dist/src/signals.js', import.meta.url));
const program = `
  const { Signals } = await import(${JSON.stringify(built)});
  const signals = new Signals();
  setInterval(() => undefined, 1000);
  void signals.asked().then((reason) => process.send(reason));
  void signals.insisted().then((code) => process.exit(code));
  process.send('ready');
`;

describe('Signals', () => {
  let child: ChildProcess;
  const start = async () => {
    child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
  };
  afterEach(() => child.kill('SIGKILL'));

  it('takes the same signal sent again at once for the same keystroke', async () => {
    await start();
    const asked = once(child, 'message');
    child.kill('SIGINT');
    await asked;
    child.kill('SIGINT');
    const early = once(child, 'exit').then(() => 'ended');
    expect(await Promise.race([early, new Promise((resolve) => setTimeout(resolve, 300, 'runs'))])).toBe('runs');
  });

  it('ends at once when it is told again later', async () => {
    await start();
    const asked = once(child, 'message');
    child.kill('SIGTERM');
    await asked;
    const ended = once(child, 'exit');
    const insisting = setInterval(() => child.kill('SIGTERM'), 100);
    expect(await ended).toEqual([143, null]);
    clearInterval(insisting);
  });
});
