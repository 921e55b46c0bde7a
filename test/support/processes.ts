import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly command: string;
}

/** Every process that lives; one that is dead and only waits to be collected does not. */
export function processes(): ProcessEntry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,uid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, uid, state, ...command] = line.trim().split(/\s+/);
    if (!pid || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), uid: Number(uid), command: command.join(' ') }];
  });
}

/** The supervisor of a home and all below it. */
export async function familyOf(home: string): Promise<ProcessEntry[]> {
  const { pid } = JSON.parse(await readFile(join(home, 'supervisor.json'), 'utf8')) as { pid: number };
  const all = processes();
  const family = all.filter((entry) => entry.pid === pid);
  // Grows while it is walked: children of children are found too.
  for (const { pid: parent } of family) family.push(...all.filter((entry) => entry.parent === parent));
  return family;
}

/** The one of them whose command contains `text`. */
export async function memberOf(home: string, text: string): Promise<number> {
  const found = (await familyOf(home)).filter(({ command }) => command.includes(text));
  const first = found[0];
  if (!first) throw new Error(`no process of ${home} is a ${text}`);
  return first.pid;
}

/** Waits until none of them lives. Fails by the test's own time limit. */
export async function allGone(family: readonly ProcessEntry[]): Promise<void> {
  const pids = new Set(family.map(({ pid }) => pid));
  while (processes().some(({ pid }) => pids.has(pid))) await sleep(20);
}

/** The supervisor and its engines by process id; PostgreSQL's own processes come and go. */
export async function enginesOf(home: string): Promise<number[]> {
  const family = await familyOf(home);
  return family.filter(({ command }) => command.includes('/main.js')).map(({ pid }) => pid);
}
