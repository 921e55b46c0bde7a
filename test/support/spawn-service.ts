import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');

export interface Spawned {
  readonly process: ChildProcess;
  readonly output: () => { stdout: string; stderr: string };
  /** The first line of stdout with this text. */
  readonly line: (text: string) => Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** A process of the built service, in an environment of nothing but these variables; `bare`: without its capabilities. */
export function spawnService(
  role: 'serve' | 'worker',
  environment: Record<string, string>,
  options: { cwd: string; before?: string; bare?: boolean },
): Spawned {
  const script = `${options.before ?? ''};import(${JSON.stringify(MAIN)}).then(async (main) => process.exit(await main.${role}(${options.bare ? '{ capabilities: [] }' : ''})))`;
  const env = { PATH: process.env['PATH'], ...environment };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: options.cwd, env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const exit = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    process: child,
    output: () => output,
    exit,
    line: async (text) => {
      for (;;) {
        const found = output.stdout.split('\n').find((line) => line.includes(text));
        if (found !== undefined) return found;
        const next = await Promise.race([once(child.stdout, 'data'), exit]);
        if (!Array.isArray(next)) throw new Error(`ended without "${text}": ${output.stdout}${output.stderr}`);
      }
    },
  };
}
