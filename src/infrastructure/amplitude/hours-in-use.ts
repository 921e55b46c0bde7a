import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { HoursUse } from '../../domain/ports/hour-spool.port.js';
import type { ExportRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import type { KeptRun } from './spool-folder.js';

/** Uses that go on say so, and keep their hours as recently used: a slow reader may take longer than hours are kept. */
const TOUCH_EVERY_MS = 10 * 60 * 1000;
/** A use that has not said so for this long is over: whoever began it died elsewhere, or lost it. */
const LAPSED_MS = 3 * TOUCH_EVERY_MS;

interface UsedHours extends ExportRange {
  readonly project: string;
  /** `<host>-<pid>-…`; hosts may have dots. */
  readonly owner: string;
}

/**
 * Which hours are being used, told to every process of the folder: an empty file for each use,
 * `using/<project>.<first hour>.<last hour>.<host>-<pid>-…`. Only what nobody uses is thrown away to make room.
 */
export class HoursInUse {
  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {}

  async begin(project: string, { first, last }: ExportRange): Promise<FileUse> {
    await mkdir(this.folder, { recursive: true });
    const owner = `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`;
    const path = join(this.folder, [project, first, last, owner].join('.'));
    await writeFile(path, '');
    const use = new FileUse(path, this.clock);
    await use.touch();
    return use;
  }

  /** @returns whether somebody uses an hour of a run */
  async look(): Promise<(project: string, run: KeptRun) => boolean> {
    const used: UsedHours[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      const hours = readUse(name);
      if (hours !== undefined && (await this.goesOn(path, hours.owner))) used.push(hours);
      else await rm(path, { force: true });
    }
    return (project, run) =>
      used.some((use) => use.project === project && use.first < run.first + run.hours && run.first <= use.last);
  }

  private async goesOn(path: string, owner: string): Promise<boolean> {
    if (isOfTheDead(owner)) return false;
    const touchedAtMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    return this.clock.nowMs() - touchedAtMs < LAPSED_MS;
  }
}

/** One use. Where it is not ended, it is over some time after its last touch. */
export class FileUse implements HoursUse {
  private isEnded = false;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
  ) {}

  async touch(): Promise<void> {
    const now = new Date(this.clock.nowMs());
    await utimes(this.path, now, now).catch(async () => {
      // Taken for over, as after the sleep of the machine; it goes on.
      if (!this.isEnded) await writeFile(this.path, '').catch(() => undefined);
    });
  }

  async end(): Promise<void> {
    this.isEnded = true;
    await rm(this.path, { force: true });
  }
}

/** Has something touched for as long as it is in use. @returns what stops that */
export function touching(touch: () => Promise<unknown>): () => void {
  const timer = setInterval(() => void touch().catch(() => undefined), TOUCH_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Whether `<host>-<pid>-…` names a process of this machine that is gone. */
export function isOfTheDead(owner: string): boolean {
  const pid = pidOf(owner);
  return pid !== undefined && !isAlive(pid);
}

/** The process of this machine; undefined for another machine's. */
export function pidOf(owner: string): number | undefined {
  const [, host, pid] = /^(.*)-(\d+)-[0-9a-f]+$/.exec(owner) ?? [];
  return host === hostname() ? Number(pid) : undefined;
}

function readUse(name: string): UsedHours | undefined {
  const [, project = '', first, last, owner = ''] = /^([^.]+)\.(\d+)\.(\d+)\.(.+)$/.exec(name) ?? [];
  return project === '' ? undefined : { project, first: Number(first), last: Number(last), owner };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
