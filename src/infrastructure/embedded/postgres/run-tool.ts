import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { OsUser } from './os-user.js';

export interface ToolRun {
  readonly user: OsUser;
  readonly signal: AbortSignal;
  readonly input?: string;
}

/** What PostgreSQL's programs get of the environment: nothing that could change what they do (`PGDATA`, `PGPORT`, …). */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, TZ } = process.env;
  return { PATH, TMPDIR, TZ, LC_ALL: 'C' };
}

/** Runs one of PostgreSQL's programs to its end; its output goes to our own, which is the engine's log. */
export async function runTool(program: string, args: readonly string[], run: ToolRun): Promise<void> {
  const child = spawn(program, args, {
    ...run.user,
    cwd: '/',
    env: toolEnvironment(),
    stdio: ['pipe', 'inherit', 'inherit'],
    signal: run.signal,
    killSignal: 'SIGTERM',
  });
  child.stdin?.on('error', () => undefined); // it ended early: its exit code says so
  child.stdin?.end(run.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with code ${code ?? 'of a signal'}`);
}
