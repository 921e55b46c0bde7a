import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type ExportHour, hourText, parseHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { ExportRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import type { WrittenRun } from './run-record.js';

/** Hours that are there: whole, since their file is renamed to this place when it is. */
export interface KeptRun {
  readonly first: ExportHour;
  readonly hours: number;
  readonly fetchedAtMs: number;
  readonly path: string;
}

/** An hour that is there, and the file of its run. */
export interface KeptHour {
  readonly hour: ExportHour;
  readonly fetchedAtMs: number;
  readonly path: string;
}

const TOUCHED_AT_ONCE = 4;
/** What was fetched within this time need not be touched. */
const FRESH_MS = 60 * 1000;

/** Of how a run is written: one of another format cannot be read, and is thrown away. */
const FORMAT = '3';

/**
 * `hours/<project>/<format>.<first hour>.<hours>.<fetched at>` for what is finished, `incoming/<host>-<pid>-…` for what is not,
 * `using/…` for who uses what.
 * An hour that is fetched again is in a second file: whoever reads the older one goes on reading it.
 */
export class SpoolFolder {
  constructor(private readonly root: string) {}

  get hours(): string {
    return join(this.root, 'hours');
  }

  get using(): string {
    return join(this.root, 'using');
  }

  get incoming(): string {
    return join(this.root, 'incoming');
  }

  /** A folder for what is being downloaded; whoever asked for it removes it. */
  async temporary(): Promise<string> {
    const path = join(this.incoming, `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** The newest file of each hour of the range, in order. */
  async list(project: string, range: ExportRange): Promise<Map<ExportHour, KeptHour>> {
    const path = join(this.hours, project);
    const runs = (await readdir(path).catch(nothing)).map((name) => keptRun(path, name));
    const inRange = runs.flatMap((run) => (run === undefined ? [] : hoursIn(run, range)));
    const ordered = inRange.sort((a, b) => a.hour - b.hour || a.fetchedAtMs - b.fetchedAtMs);
    return new Map(ordered.map((kept) => [kept.hour, kept]));
  }

  /** Puts a finished run in its place; the rename is what makes it be there. */
  async commit(project: string, made: WrittenRun): Promise<void> {
    const { hours, fetchedAtMs } = made.record;
    const folder = join(this.hours, project);
    const place = join(folder, [FORMAT, hourText(hours[0]?.hour ?? 0), hours.length, fetchedAtMs].join('.'));
    await rename(made.path, place).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(folder, { recursive: true });
      await rename(made.path, place);
    });
  }

  /** Keeps hours from being swept for a while. */
  async touch(hours: Iterable<KeptHour>, nowMs: number): Promise<void> {
    const now = new Date(nowMs);
    // One that has gone is missed when it is read.
    const inTurn = pLimit(TOUCHED_AT_ONCE);
    const older = [...hours].filter(({ fetchedAtMs }) => nowMs - fetchedAtMs > FRESH_MS);
    await Promise.all(pathsOf(older).map((path) => inTurn(() => utimes(path, now, now).catch(() => undefined))));
  }

  async discard(hours: Iterable<KeptHour>): Promise<void> {
    for (const path of pathsOf(hours)) await removeTree(path);
  }
}

export function keptRun(folder: string, name: string): KeptRun | undefined {
  const [format, text = '', ...numbers] = name.split('.');
  const first = parseHour(text, 0);
  const [hours = 0, fetchedAtMs = 0, ...rest] = numbers.map((digits) => (/^\d+$/.test(digits) ? Number(digits) : 0));
  const isOurs = format === FORMAT && hours > 0 && fetchedAtMs > 0 && rest.length === 0;
  return first === undefined || !isOurs ? undefined : { first, hours, fetchedAtMs, path: join(folder, name) };
}

function hoursIn({ first, hours, fetchedAtMs, path }: KeptRun, range: ExportRange): KeptHour[] {
  const from = Math.max(first, range.first);
  const count = Math.max(0, Math.min(first + hours - 1, range.last) - from + 1);
  return Array.from({ length: count }, (_, index) => ({ hour: from + index, fetchedAtMs, path }));
}

function pathsOf(hours: Iterable<KeptHour>): string[] {
  return [...new Set(Array.from(hours, ({ path }) => path))];
}

/** First out of the way, so that nobody finds half of it. */
export async function removeTree(path: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}.gone`;
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  await rm(isMoved ? aside : path, { recursive: true, force: true });
}

function nothing(): string[] {
  return [];
}
