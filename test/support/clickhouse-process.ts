import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { CLICKHOUSE_PROCESS_ENV } from '../../src/infrastructure/embedded/clickhouse/process-env.js';

// From the root of the project, where tests and benchmarks are started.
const MAIN = resolve('dist/src/infrastructure/embedded/clickhouse/main.js');

export interface ClickHouseProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** The built engine process, started as the supervisor starts it. */
export async function startClickHouse(dir: string, extra: Record<string, unknown> = {}): Promise<ClickHouseProcess> {
  const options = { dir, host: '127.0.0.1', port: 0, user: 'penstock', password: 'local-secret', ...extra };
  const child = fork(MAIN, [JSON.stringify(options)], {
    env: { ...process.env, ...CLICKHOUSE_PROCESS_ENV },
    execArgv: [],
  });
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The engine ended with ${String(code)}.`)),
  );
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [{ ready: true; port: number }];
  failed.catch(() => undefined);
  return { child, url: `http://127.0.0.1:${message.port}`, username: options.user, password: options.password };
}

export async function stopClickHouse({ child }: ClickHouseProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
