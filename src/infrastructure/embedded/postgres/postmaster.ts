import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_MS = 10;
/** Stopping politely, then roughly: each gets its time, all together less than the supervisor's patience. */
const STOP_STEPS = [
  { signal: 'SIGINT', waitMs: 7_000 }, // "fast": ends transactions, writes a checkpoint
  { signal: 'SIGQUIT', waitMs: 2_000 }, // "immediate": recovers at the next start
  { signal: 'SIGKILL', waitMs: 1_000 },
] as const;

/** What `postmaster.pid` says; PostgreSQL's own tools rely on these lines too. */
interface PidFile {
  readonly pid: number;
  readonly ready: boolean;
}

/** Whether the server of this folder with this process id takes connections. */
export async function isReady(data: string, pid: number): Promise<boolean> {
  const file = await readPidFile(data);
  return file?.pid === pid && file.ready;
}

/** Whether a server runs on this folder. */
export async function isInUse(data: string): Promise<boolean> {
  const file = await readPidFile(data);
  return file !== undefined && isAlive(file.pid) && isPostmasterOf(data, file.pid);
}

/**
 * Stops the server that a killed launcher left behind on this folder. A leftover `postmaster.pid` whose number now
 * belongs to some other program (usual in containers) is removed, for PostgreSQL would believe it.
 */
export async function stopOrphan(dataLink: string): Promise<void> {
  const data = await realpath(dataLink).catch(() => undefined);
  const file = data === undefined ? undefined : await readPidFile(data);
  if (data === undefined || !file || !isAlive(file.pid)) return;
  if (await isPostmasterOf(data, file.pid)) await stopPostmaster(file.pid);
  else await rm(join(data, 'postmaster.pid'), { force: true });
}

export async function stopPostmaster(pid: number): Promise<void> {
  for (const { signal, waitMs } of STOP_STEPS) {
    if (!send(pid, signal)) return;
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isAlive(pid) || (await isZombie(pid))) return;
      await sleep(POLL_MS);
    }
  }
}

async function readPidFile(data: string): Promise<PidFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

function isAlive(pid: number): boolean {
  return send(pid, 0);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it lives, but is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Dead, but not yet collected by its parent: in a container without an init that can be for ever. */
async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}

async function isPostmasterOf(data: string, pid: number): Promise<boolean> {
  const words = await commandLine(pid);
  return basename(words[0] ?? '') === 'postgres' && words.includes(data);
}

async function commandLine(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  }
  const shown = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return shown.stdout.trim().split(' ');
}
