/** The embedded ClickHouse as a process of its own: what crashes here, crashes alone. */
import { engineArguments, runEngine } from '../engine-child.js';
import { ClickHouseEndpoint } from './clickhouse-endpoint.js';
import { LIMITS } from './limits.js';
import { concurrentQueries } from './process-env.js';

interface Settings {
  readonly user: string;
  readonly password: string;
  readonly maxInsertBytes?: number;
}

await runEngine(async () => {
  const settings = engineArguments<Settings>();
  const endpoint = await ClickHouseEndpoint.start({
    ...settings,
    maxInsertBytes: settings.maxInsertBytes ?? LIMITS.maxInsertBytes,
    concurrency: concurrentQueries(process.env),
  });
  return { port: endpoint.port, stop: () => endpoint.stop().then(end, () => end(false)) };
});

/** The engine is made to survive being killed, and not to be closed while it works. */
function end(closed: boolean): void {
  if (!closed) process.kill(process.pid, 'SIGKILL');
}
