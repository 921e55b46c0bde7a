/** The hourly files of a week to one archive: against decompressing alone, and against Python's gzip and zipfile. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ArchiveWeek } from './clients/archive-week.js';
import { startClient } from './support/client-process.js';
import { Report } from './support/report.js';
import type { Contender, Figures, Role } from './support/rounds.js';
import { writeWeek } from './support/week-of-events.js';

/** Megabytes of NDJSON in an hour; `--hour-mb 4` for the week of hundreds of megabytes. */
const HOUR_MB = 1;
const TARGET_MB = 150;

const report = new Report('archive');
const at = process.argv.indexOf('--hour-mb');
const hourMb = at < 0 ? HOUR_MB : Number(process.argv[at + 1]);
const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
const { megabytes, events } = await writeWeek(folder, hourMb * 1e6);
const limit = 'decompressing every hour, one after another, nothing else';
const ours = 'Penstock, no duplicates: streams are joined';
const again = 'Penstock, a duplicate in every hour: all is compressed again';
const python = await peer();
const clients = await Promise.all([
  client('limit', limit, { way: 'inflate', days: 'days' }),
  client('ours', ours, { way: 'penstock', days: 'days' }),
  client('ours', again, { way: 'penstock', days: 'days-again' }),
]);
const against = python === undefined ? [] : [python];
const byPython = against.flatMap(({ name }) => [
  {
    name: 'archive of a week, speed of Python',
    of: ours,
    by: name,
    what: 'throughput' as const,
    target: 2,
    stretch: 3,
  },
  { name: 'archive with duplicates, speed of Python', of: again, by: name, what: 'throughput' as const },
  { name: 'archive of a week, CPU of Python', of: ours, by: name, what: 'cpu' as const },
]);
await report.compare(
  `An archive of ${events} events in 168 hours, ${Math.round(megabytes)} MB; items are MB; memory at most ${TARGET_MB} MB`,
  [...clients.map(({ contender }) => contender), ...against],
  [...byPython, { name: 'archive of a week, speed of decompressing alone', of: ours, by: limit, what: 'throughput' }],
);
for (const { stop } of clients) await stop();
await rm(folder, { recursive: true, force: true });
report.finish();

async function client(
  role: Role,
  name: string,
  options: Pick<ArchiveWeek, 'way' | 'days'>,
): Promise<{ contender: Contender; stop: () => Promise<void> }> {
  const process = await startClient('archive-week', { ...options, folder, megabytes } satisfies ArchiveWeek);
  return { contender: { role, name, run: (round) => process.run(round) }, stop: () => process.stop() };
}

async function peer(): Promise<Contender | undefined> {
  const found = await promisify(execFile)('python3', ['--version']).catch(() => undefined);
  report.peer('Python', found?.stdout.trim() ?? 'not installed: nothing to compare with');
  if (found === undefined) return undefined;
  const script = join(import.meta.dirname, '..', '..', 'bench', 'clients', 'archive-week.py');
  const run = async (): Promise<Figures> => {
    const target = join(folder, 'python.zip');
    const { stdout } = await promisify(execFile)('python3', [script, join(folder, 'hours'), target]);
    await rm(target);
    return { items: megabytes, ...(JSON.parse(stdout) as Omit<Figures, 'items'>) };
  };
  return { role: 'peer', name: 'Python, gzip and zipfile', run };
}
