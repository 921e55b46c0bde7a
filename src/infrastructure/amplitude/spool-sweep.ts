import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type HoursInUse, isOfTheDead, pidOf } from './hours-in-use.js';
import { type KeptRun, keptRun, removeTree, type SpoolFolder } from './spool-folder.js';

export interface SweepLimits {
  /** Age since their last use at which hours go. */
  readonly keepMs: number;
  /** Bytes of hours together, beyond which the least recently used go that nobody uses. */
  readonly maxBytes: number;
}

/** A download of another machine on the same folder, untouched for this long, is taken for dead. */
const DEAD_MS = 6 * 60 * 60 * 1000;

interface Place {
  readonly project: string;
  readonly run: KeptRun;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/** The hours of a folder, those of them that are used, and the time. */
export interface SweptHours {
  readonly folder: SpoolFolder;
  readonly inUse: HoursInUse;
  readonly nowMs: number;
}

/** @returns the bytes of hours that are left */
export async function sweepSpool(swept: SweptHours, limits: SweepLimits): Promise<number> {
  await sweepIncoming(swept.folder.incoming, swept.nowMs);
  return sweepHours(swept, limits);
}

/** @returns the bytes of hours that are left, which are too many where those in use are */
export async function sweepHours({ folder, inUse, nowMs }: SweptHours, limits: SweepLimits): Promise<number> {
  const isUsed = await inUse.look();
  const places = await placesIn(folder.hours);
  let left = places.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { project, run, bytes, usedAtMs } of places.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
    const isOver = nowMs - usedAtMs > limits.keepMs || left > limits.maxBytes;
    if (!isOver || isUsed(project, run)) continue;
    await removeTree(run.path);
    left -= bytes;
  }
  return left;
}

async function placesIn(hours: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const project of await namesIn(hours)) {
    const parent = join(hours, project);
    for (const name of await namesIn(parent)) {
      const run = keptRun(parent, name);
      // What is no run is half of one that was being removed.
      if (run === undefined || name.endsWith('.gone')) await removeTree(join(parent, name));
      else places.push({ project, run, ...(await usedOf(run.path)) });
    }
  }
  return places;
}

async function sweepIncoming(incoming: string, nowMs: number): Promise<void> {
  for (const name of await namesIn(incoming)) {
    const path = join(incoming, name);
    const isOurs = pidOf(name) !== undefined;
    const isDead = isOurs ? isOfTheDead(name) : nowMs - (await usedOf(path)).usedAtMs > DEAD_MS;
    if (isDead) await removeTree(path);
  }
}

async function usedOf(path: string): Promise<Pick<Place, 'bytes' | 'usedAtMs'>> {
  return stat(path).then(
    ({ size, mtimeMs }) => ({ bytes: size, usedAtMs: mtimeMs }),
    () => ({ bytes: 0, usedAtMs: 0 }),
  );
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
