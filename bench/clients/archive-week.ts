/** Makes the archive of a week from what Amplitude answers to seven requests, or only decompresses its hours. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { readRange } from '../../src/domain/warehouse-loading/amplitude/export-range.js';
import { weeksOf } from '../../src/domain/warehouse-loading/amplitude/iso-week.js';
import { DiskHourSpool } from '../../src/infrastructure/amplitude/disk-hour-spool.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { readAt } from '../../src/infrastructure/amplitude/read-range.js';
import { AmplitudeSettings } from '../../src/infrastructure/config/amplitude.settings.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';
import { clientArgument, serveRounds } from '../support/client-process.js';
import { timed } from '../support/rounds.js';
import { WEEK } from '../support/week-of-events.js';

export interface ArchiveWeek {
  readonly way: 'inflate' | 'penstock';
  readonly folder: string;
  /** Of the answers: `days` or `days-again`. */
  readonly days: string;
  readonly megabytes: number;
}

const HOURS_PER_DAY = 24;
const ZIP_END_BYTES = 22;
const { way, folder, days, megabytes } = clientArgument() as ArchiveWeek;
const { signal } = new AbortController();
/** Of all rounds: a file system that has just removed many files takes longer to make new ones. */
const spools: string[] = [];
const exported = { source: 'web', ...readRange(WEEK.start, WEEK.end) } as const;

serveRounds(
  () => (way === 'inflate' ? timed(inflate) : archive()),
  async () => {
    for (const spool of spools) await rm(spool, { recursive: true });
  },
);

async function inflate(): Promise<number> {
  for (const file of (await readdir(join(folder, 'hours'))).sort()) {
    await pipeline(createReadStream(join(folder, 'hours', file)), createGunzip(), async (source) => {
      for await (const piece of source) if (piece === undefined) return;
    });
  }
  return megabytes;
}

async function archive() {
  const own = await mkdtemp(join(folder, 'spool-'));
  spools.push(own);
  const figures = await timed(async () => {
    const spool = new DiskHourSpool(own, new AmplitudeSettings().spool, new SystemClock(), new UnobservedMetrics());
    await keepAll(spool);
    const opened = await spool.open('bench', exported, signal);
    await pipeline(opened.archive(exported, weeksOf(exported), signal), createWriteStream(join(own, 'week.zip')));
    return megabytes;
  });
  await requireZip(join(own, 'week.zip'));
  return figures;
}

/** As many at once as the service asks for, the slowest network left out. */
async function keepAll(spool: DiskHourSpool): Promise<void> {
  const waiting = (await readdir(join(folder, days))).sort().entries();
  const workers = Array.from({ length: new AmplitudeSettings().parallel }, async () => {
    for (const [day, file] of waiting) {
      const first = exported.first + day * HOURS_PER_DAY;
      const window = { first, last: first + HOURS_PER_DAY - 1 };
      await spool.keep({ project: 'bench', window, signal }, createReadStream(join(folder, days, file)));
    }
  });
  await Promise.all(workers);
}

/** What is measured must be an archive. */
async function requireZip(path: string): Promise<void> {
  // No more than its end is read: what the check holds would count as memory of the archive.
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const end = await readAt(file, size - ZIP_END_BYTES, size);
    if (end.readUInt32LE(0) !== 0x0605_4b50 || end.readUInt16LE(10) !== 2) throw new Error('The archive is not whole.');
  } finally {
    await file.close();
  }
}
