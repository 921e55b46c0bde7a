/** The supervisor's process: `node main.js '{"home": …, "startTimeoutMs": …}'`, started by `SupervisedEngines`. */
import { HomeFiles } from './home-files.js';
import { lockHome } from './home-lock.js';
import { Lease } from './lease.js';
import { Supervisor } from './supervisor.js';

interface SupervisorArguments {
  readonly home: string;
  readonly startTimeoutMs: number;
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString()} supervisor ${process.pid}: ${text}\n`);
}

async function supervise({ home, startTimeoutMs }: SupervisorArguments): Promise<void> {
  const files = await HomeFiles.open(home);
  const lock = await lockHome(files.lock, () => Lease.isServed(files));
  if (!lock) return;
  const supervisor = await Supervisor.start(files, startTimeoutMs);
  log('serves this home');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervisor.stop());
  // It has a session of its own; a hang-up that reaches it all the same concerns somebody else.
  process.on('SIGHUP', () => undefined);
  await supervisor.ended;
  await lock.release();
  log('stopped');
}

try {
  // Our own parent wrote it; see supervisor-start.ts.
  await supervise(JSON.parse(process.argv[2] ?? '') as SupervisorArguments);
  process.exit(0);
} catch (error) {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
