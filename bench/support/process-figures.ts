import { readFileSync } from 'node:fs';

/** Of `/proc/<pid>/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const FIRST_FIELD_BEHIND_NAME = 3;
const USER_TICKS = 14 - FIRST_FIELD_BEHIND_NAME;

/** Processor time of a process so far, all its threads; its ended children too, where asked for. */
export function cpuMs(pid: number | 'self' = 'self', withChildren = false): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
  const ticks = fields.slice(USER_TICKS, USER_TICKS + (withChildren ? 4 : 2)).reduce((sum, each) => sum + each, 0);
  return (ticks / TICKS_PER_SECOND) * 1000;
}

/** Most memory the process ever had; unlike rusage, it does not count what its parent had. */
export function peakRssMb(pid: number | 'self' = 'self'): number {
  const kilobytes = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
