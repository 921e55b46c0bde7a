import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FOLDER_MODE, type HomeFiles } from './home-files.js';
import { Lease, NeedFailed, type LeaseEvents } from './lease.js';

const LOOK_AGAIN_MS = 25;
/** A supervisor that fails to come up twice will not the third time. */
const MAX_START_FAILURES = 2;

/** What a supervisor and its engines get of our environment: enough to run, none of the service's secrets. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', 'NODE_ENV'];

export interface SupervisorStart {
  readonly files: HomeFiles;
  readonly startTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** A lease of the home's supervisor, which is started if there is none. @throws NeedFailed */
export async function connectOrStart(start: SupervisorStart, events: LeaseEvents): Promise<Lease> {
  const { files, startTimeoutMs, signal } = start;
  const deadline = Date.now() + startTimeoutMs;
  let child: ChildProcess | undefined;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    const lease = await Lease.open(files, events);
    if (lease) return lease;
    if (hasFailed(child) && ++failures >= MAX_START_FAILURES) {
      throw new NeedFailed(`The supervisor of the embedded engines does not start. Its log is ${files.supervisorLog}.`);
    }
    if (Date.now() > deadline) {
      throw new NeedFailed(`The supervisor of the embedded engines did not answer within ${startTimeoutMs} ms.`);
    }
    // Several clients may do so at once; all but one of their supervisors find the home served, and leave.
    if (!child || hasEnded(child)) child = await spawnSupervisor(start);
    await sleep(LOOK_AGAIN_MS);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function hasFailed(child: ChildProcess | undefined): boolean {
  return child !== undefined && hasEnded(child) && child.exitCode !== 0;
}

async function spawnSupervisor({ files, startTimeoutMs }: SupervisorStart): Promise<ChildProcess> {
  await mkdir(files.logs, { recursive: true, mode: FOLDER_MODE });
  const log = await open(files.supervisorLog, 'a', 0o600);
  try {
    const env = Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
    const child = spawn(process.execPath, [supervisorEntry(), JSON.stringify({ home: files.home, startTimeoutMs })], {
      // A session of its own: Ctrl-C on the service's terminal is for the service, which then stops it properly.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      cwd: files.home,
      env,
    });
    child.on('error', () => undefined); // then it has no exit code either; the deadline ends the waiting
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** Always the compiled one: under a test runner this module may be the TypeScript source. */
function supervisorEntry(): string {
  const beside = fileURLToPath(new URL('./main.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../../../dist/src/infrastructure/embedded/supervisor/main.js', import.meta.url));
}
