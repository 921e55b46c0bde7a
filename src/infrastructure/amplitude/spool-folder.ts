import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type ExportHour, hourText, parseHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { ExportRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { type HourRecord, RECORD_FILE } from './hour-record.js';

/** An hour that is there: whole, since its folder is renamed to this place when it is. */
export interface KeptHour {
  readonly hour: ExportHour;
  readonly fetchedAtMs: number;
  readonly path: string;
}

const TOUCHED_AT_ONCE = 4;

/** Of how the ids of an hour are written: those of another one cannot be compared, and are thrown away. */
const FORMAT = '2';

/**
 * `hours/<project>/<format>.<hour>.<fetched at>` for what is finished, `incoming/<host>-<pid>-…` for what is not. An hour that is
 * fetched again gets a folder of its own: whoever reads the older one goes on reading it.
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

  /** The newest folder of each hour of the range, in order. */
  async list(project: string, range: ExportRange): Promise<Map<ExportHour, KeptHour>> {
    const path = join(this.hours, project);
    const found = (await readdir(path).catch(nothing)).map((name) => keptHour(path, name));
    const inRange = found.filter((kept) => kept !== undefined && kept.hour >= range.first && kept.hour <= range.last);
    const ordered = (inRange as KeptHour[]).sort((a, b) => a.hour - b.hour || a.fetchedAtMs - b.fetchedAtMs);
    return new Map(ordered.map((kept) => [kept.hour, kept]));
  }

  /** @returns undefined for an hour that has gone meanwhile, or cannot be read */
  async record({ path }: KeptHour): Promise<HourRecord | undefined> {
    try {
      return JSON.parse(await readFile(join(path, RECORD_FILE), 'utf8')) as HourRecord;
    } catch {
      return undefined;
    }
  }

  /** Puts a finished hour in its place; the rename is what makes it be there. */
  async commit(
    project: string,
    hour: ExportHour,
    made: { readonly path: string; readonly record: HourRecord },
  ): Promise<void> {
    await writeFile(join(made.path, RECORD_FILE), JSON.stringify(made.record));
    const folder = join(this.hours, project);
    await mkdir(folder, { recursive: true });
    const place = join(folder, `${FORMAT}.${hourText(hour)}.${made.record.fetchedAtMs}`);
    // Only another process that fetched it in the same millisecond can have been there before.
    await rename(made.path, place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }

  /** Keeps hours from being swept for a while. */
  async touch(hours: Iterable<KeptHour>, nowMs: number): Promise<void> {
    const now = new Date(nowMs);
    // One that has gone is missed when it is read.
    const inTurn = pLimit(TOUCHED_AT_ONCE);
    await Promise.all(Array.from(hours, ({ path }) => inTurn(() => utimes(path, now, now).catch(() => undefined))));
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

/** Bytes of the files in a folder and those below it. */
export async function bytesOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

function nothing(): string[] {
  return [];
}
