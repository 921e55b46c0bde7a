import { readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { keptRun, removeTree, type SpoolFolder } from './spool-folder.js';

export interface SweepLimits {
  /** Age since their last use at which hours go. */
  readonly keepMs: number;
  /** Bytes of hours together, beyond which the least recently used go. */
  readonly maxBytes: number;
}

/** Hours used within this time may be in use by somebody: they are not taken away for their size. */
const IN_USE_MS = 60 * 60 * 1000;

/** A download of another machine on the same folder, untouched for this long, is taken for dead. */
const DEAD_MS = 6 * 60 * 60 * 1000;

interface Place {
  readonly path: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/** @returns the bytes of hours that are left */
export async function sweepSpool(folder: SpoolFolder, limits: SweepLimits, nowMs: number): Promise<number> {
  await sweepIncoming(folder.incoming, nowMs);
  const places = await placesIn(folder.hours);
  let left = places.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const place of places.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
    const idleMs = nowMs - place.usedAtMs;
    const isTooMuch = left > limits.maxBytes && idleMs > IN_USE_MS;
    if (idleMs <= limits.keepMs && !isTooMuch) continue;
    await removeTree(place.path);
    left -= place.bytes;
  }
  return left;
}

async function placesIn(hours: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const project of await namesIn(hours)) {
    const parent = join(hours, project);
    for (const name of await namesIn(parent)) {
      const path = join(parent, name);
      // What is no run is half of one that was being removed.
      if (keptRun(parent, name) === undefined || name.endsWith('.gone')) await removeTree(path);
      else places.push({ path, ...(await usedOf(path)) });
    }
  }
  return places;
}

async function sweepIncoming(incoming: string, nowMs: number): Promise<void> {
  for (const name of await namesIn(incoming)) {
    const path = join(incoming, name);
    const [, host, pid] = /^(.*)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
    const isOurs = host === hostname() && pid !== undefined;
    const isDead = isOurs ? !isAlive(Number(pid)) : nowMs - (await usedOf(path)).usedAtMs > DEAD_MS;
    if (isDead) await removeTree(path);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function usedOf(path: string): Promise<Omit<Place, 'path'>> {
  return stat(path).then(
    ({ size, mtimeMs }) => ({ bytes: size, usedAtMs: mtimeMs }),
    () => ({ bytes: 0, usedAtMs: 0 }),
  );
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
