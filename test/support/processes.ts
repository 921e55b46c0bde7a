import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly command: string;
}

/** Every process that lives, from /proc; one that is dead and only waits to be collected does not. */
export function processes(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => entryOf(Number(pid)) ?? []);
}

function entryOf(pid: number): ProcessEntry | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
    if (field('State') === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(field('PPid')), uid: Number(field('Uid')), command };
  } catch {
    return undefined; // it ended between two looks
  }
}

/** The supervisor of a home. */
export async function supervisorOf(home: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(home, 'supervisor.json'), 'utf8')) as { pid: number };
  return pid;
}

/** The supervisor of a home and all below it. */
export async function familyOf(home: string): Promise<ProcessEntry[]> {
  const pid = await supervisorOf(home);
  const all = processes();
  const family = all.filter((entry) => entry.pid === pid);
  // Grows while it is walked: children of children are found too.
  for (const { pid: parent } of family) family.push(...all.filter((entry) => entry.parent === parent));
  return family;
}

/** The one of them whose command contains `text`. */
export async function memberOf(home: string, text: string): Promise<ProcessEntry> {
  const found = (await familyOf(home)).find(({ command }) => command.includes(text));
  if (!found) throw new Error(`no process of ${home} is a ${text}`);
  return found;
}

/** Those of them that live still. */
export function survivors(family: readonly ProcessEntry[]): ProcessEntry[] {
  const pids = new Set(family.map(({ pid }) => pid));
  return processes().filter(({ pid }) => pids.has(pid));
}

/** Waits until none of them lives. Fails by the test's own time limit. */
export async function allGone(family: readonly ProcessEntry[]): Promise<void> {
  while (survivors(family).length > 0) await sleep(20);
}
