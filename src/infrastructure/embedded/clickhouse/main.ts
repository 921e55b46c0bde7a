/** The embedded ClickHouse as a process of its own: what crashes here, crashes alone. */
import { type EngineArguments, EngineCannotRun, engineArguments, runEngine } from '../engine-child.js';
import { LIMITS } from './limits.js';
import { concurrentQueries } from './process-env.js';

interface Settings {
  readonly user: string;
  readonly password: string;
  readonly maxInsertBytes?: number;
}

/** What is said where chDB, or its library for this platform, is missing or cannot be loaded. */
const UNLOADABLE = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'CHDB_PLATFORM', 'CHDB_ABI']);

await runEngine(async () => {
  const settings = engineArguments() as EngineArguments & Settings;
  const { ClickHouseEndpoint } = await import('./clickhouse-endpoint.js').catch(explain);
  const endpoint = await ClickHouseEndpoint.start({
    ...settings,
    maxInsertBytes: settings.maxInsertBytes ?? LIMITS.maxInsertBytes,
    concurrency: concurrentQueries(process.env),
  });
  return { port: endpoint.port, stop: () => endpoint.stop().then(end, () => end(false)) };
});

function explain(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!UNLOADABLE.has(code)) throw error;
  throw new EngineCannotRun(
    `chDB cannot be loaded on ${process.platform}-${process.arch} (${code}): the package chdb or its optional package @chdb/lib-${process.platform}-${process.arch} is not installed, or not for this system. Set CLICKHOUSE_URL to use a server of your own.`,
  );
}

/** The engine is made to survive being killed, and not to be closed while it works. */
function end(closed: boolean): void {
  if (!closed) process.kill(process.pid, 'SIGKILL');
}
