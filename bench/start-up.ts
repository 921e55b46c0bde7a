/** What it costs to start: the service until it is ready, and commands until they have ended. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuMs, endedChildrenCpuMs, peakRssMb } from './support/process-figures.js';
import { Report } from './support/report.js';
import type { Contender, Figures, Role } from './support/rounds.js';
import { CLI, ended, listening, type Service, startService, until } from './support/service.js';

/** Runs of a command that are counted together: the clock of processes ticks every 10 ms. */
const RUNS = 5;
const UNAVAILABLE = 503;
const ASK_EVERY_MS = 20;

const report = new Report('start-up');
const service = await startService();
try {
  await roles(service);
  await commands(service);
} finally {
  await service.stop();
}
report.finish();

/** On data that are there, with the engines of another process running: engines have processes of their own. */
async function roles({ environment }: Service): Promise<void> {
  const empty = 'an empty Nest application on Fastify';
  const ours = 'penstock serve, until it is ready';
  const start = (role: Role, name: string, words: readonly string[], path: string): Contender => ({
    role,
    name,
    run: () => startAndStop(words, environment, path),
  });
  await report.compare(
    'Starting a service',
    [
      start('limit', empty, [join(import.meta.dirname, 'clients', 'empty-nest.js')], '/'),
      start('ours', ours, [CLI, 'serve'], '/health/ready'),
    ],
    [{ name: 'service ready, CPU of an empty Nest application', of: ours, by: empty, what: 'cpu', target: 2 }],
  );
}

async function startAndStop(
  words: readonly string[],
  environment: Record<string, string>,
  path: string,
): Promise<Figures> {
  const begun = performance.now();
  const { child, url } = await listening(words, environment);
  await until(async () => (await fetch(new URL(path, url))).status !== UNAVAILABLE, ASK_EVERY_MS);
  const wallMs = performance.now() - begun;
  const pid = child.pid ?? 0;
  const figures = { items: 1, wallMs, cpuMs: cpuMs(pid), peakRssMb: peakRssMb(pid) };
  await ended(child);
  return figures;
}

async function commands({ environment }: Service): Promise<void> {
  const node = 'node -e 0';
  const help = 'penstock --help';
  const list = 'penstock connectors list';
  const run = (role: Role, name: string, words: readonly string[]): Contender => ({
    role,
    name,
    run: () => runCommand(words, environment),
  });
  await report.compare(
    `Running a command ${RUNS} times, one after another`,
    [
      run('limit', node, ['-e', '0']),
      run('ours', help, [CLI, '--help']),
      run('ours', list, [CLI, 'connectors', 'list']),
    ],
    [
      { name: 'penstock --help, CPU of node -e 0', of: help, by: node, what: 'cpu', target: 10, stretch: 4 },
      { name: 'penstock connectors list, CPU of node -e 0', of: list, by: node, what: 'cpu' },
    ],
  );
}

async function runCommand(words: readonly string[], env: Record<string, string>): Promise<Figures> {
  const [cpuBefore, begun] = [endedChildrenCpuMs(), performance.now()];
  for (let run = 0; run < RUNS; run += 1) await promisify(execFile)(process.execPath, words, { env });
  const wallMs = performance.now() - begun;
  // Nothing is left of an ended process to read its memory from.
  return { items: RUNS, wallMs, cpuMs: endedChildrenCpuMs() - cpuBefore, peakRssMb: Number.NaN };
}
