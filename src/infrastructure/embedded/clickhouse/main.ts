import { ClickHouseEndpoint } from './clickhouse-endpoint.js';
import { LIMITS } from './limits.js';
import { concurrentQueries } from './process-env.js';

/**
 * The embedded ClickHouse as a process of its own: what crashes here, crashes alone. Started with its options as JSON
 * in the first argument; says `{ ready: true, port }` to its parent when it listens, and ends when that one does.
 */
interface Options {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly maxInsertBytes?: number;
}

/** The engine is made to survive being killed, and not to be closed while it works. */
function end(closed: boolean): void {
  if (closed) process.exit(0);
  process.kill(process.pid, 'SIGKILL');
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function readOptions(text: string | undefined): Options {
  const options = JSON.parse(text ?? '{}') as Partial<Options>;
  const { dir, host = '127.0.0.1', port = 0, user, password } = options;
  if (!dir || !user || password === undefined) throw new Error('Needs dir, user and password.');
  if (!LOOPBACK.has(host)) throw new Error('The embedded ClickHouse listens on loopback only.');
  return { ...options, dir, host, port, user, password };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv[2]);
  const endpoint = await ClickHouseEndpoint.start({
    ...options,
    maxInsertBytes: options.maxInsertBytes ?? LIMITS.maxInsertBytes,
    concurrency: concurrentQueries(process.env),
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    endpoint.stop().then(end, () => end(false));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.once('disconnect', stop);
  const ready = { ready: true, port: endpoint.port };
  if (process.send) process.send(ready);
  else process.stdout.write(`${JSON.stringify(ready)}\n`);
}

main().catch((cause: unknown) => {
  process.stderr.write(
    `The embedded ClickHouse did not start: ${cause instanceof Error ? cause.message : 'unknown'}\n`,
  );
  process.exit(1);
});
