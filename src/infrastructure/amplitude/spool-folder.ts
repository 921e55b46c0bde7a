import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type ExportHour, hourText, parseHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { ExportRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import type { WrittenHour } from './hour-record.js';

/** An hour that is there: whole, since its file is renamed to this place when it is. */
export interface KeptHour {
  readonly hour: ExportHour;
  readonly fetchedAtMs: number;
  readonly path: string;
}

const TOUCHED_AT_ONCE = 4;
/** What was fetched within this time need not be touched. */
const FRESH_MS = 60 * 1000;

/** Of how an hour is written: one of another format cannot be read, and is thrown away. */
const FORMAT = '3';

/**
 * `hours/<project>/<format>.<hour>.<fetched at>` for what is finished, `incoming/<host>-<pid>-…` for what is not. An hour that is
 * fetched again gets a file of its own: whoever reads the older one goes on reading it.
 */
export class SpoolFolder {
  constructor(private readonly root: string) {}

  get hours(): string {
    return join(this.root, 'hours');
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
    const found = (await readdir(path).catch(nothing)).map((name) => keptHour(path, name));
    const inRange = found.filter((kept) => kept !== undefined && kept.hour >= range.first && kept.hour <= range.last);
    const ordered = (inRange as KeptHour[]).sort((a, b) => a.hour - b.hour || a.fetchedAtMs - b.fetchedAtMs);
    return new Map(ordered.map((kept) => [kept.hour, kept]));
  }

  /** Puts a finished hour in its place; the rename is what makes it be there. */
  async commit(project: string, hour: ExportHour, made: WrittenHour): Promise<void> {
    const folder = join(this.hours, project);
    const place = join(folder, `${FORMAT}.${hourText(hour)}.${made.record.fetchedAtMs}`);
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
    await Promise.all(older.map(({ path }) => inTurn(() => utimes(path, now, now).catch(() => undefined))));
  }

  async discard(hours: Iterable<KeptHour>): Promise<void> {
    for (const { path } of hours) await removeTree(path);
  }
}

export function keptHour(folder: string, name: string): KeptHour | undefined {
  const [format, text = '', fetched = '', ...rest] = name.split('.');
  const hour = parseHour(text, 0);
  const isOurs = format === FORMAT && /^\d+$/.test(fetched) && rest.length === 0;
  return hour === undefined || !isOurs ? undefined : { hour, fetchedAtMs: Number(fetched), path: join(folder, name) };
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
