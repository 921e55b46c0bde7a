import { readFileSync } from 'node:fs';

/** Of `/proc/<pid>/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const NAME_FIELDS = 2;
/** In the manual's counting from 1: own user and system time, then those of ended children. */
const OWN_TICKS = 14;
const CHILDREN_TICKS = 16;

/** Processor time of a process so far, all its threads. */
export function cpuMs(pid: number | 'self' = 'self'): number {
  if (pid !== 'self') return ticksMs(pid, OWN_TICKS);
  const { user, system } = process.cpuUsage(); // in microseconds, where a tick is 10 ms
  return (user + system) / 1000;
}

/** Processor time of the processes that this one has started and seen end. */
export function endedChildrenCpuMs(): number {
  return ticksMs('self', CHILDREN_TICKS);
}

/** A user time and the system time behind it. */
function ticksMs(pid: number | 'self', field: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may have spaces of its own.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = field - NAME_FIELDS - 1;
  return ((Number(fields[at]) + Number(fields[at + 1])) / TICKS_PER_SECOND) * 1000;
}

/** Most memory the process ever had; unlike rusage, it does not count what its parent had. */
export function peakRssMb(pid: number | 'self' = 'self'): number {
  const kilobytes = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
