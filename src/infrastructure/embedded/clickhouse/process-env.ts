import { LIMITS } from './limits.js';

/**
 * What the supervisor adds to the environment of the ClickHouse process. Node reads the size of its thread pool before
 * the first line of ours runs, so the process cannot do this for itself; without it only two queries run at once.
 */
export const CLICKHOUSE_PROCESS_ENV: Readonly<Record<string, string>> = {
  UV_THREADPOOL_SIZE: String(LIMITS.maxConcurrentQueries + LIMITS.reservedThreads + 2),
};

/** How many queries may run at once in this process: never so many that file access would wait for them. */
export function concurrentQueries(env: NodeJS.ProcessEnv): number {
  const threads = Number(env['UV_THREADPOOL_SIZE']) || 4; // 4 is libuv's own default
  return Math.max(1, Math.min(LIMITS.maxConcurrentQueries, threads - LIMITS.reservedThreads));
}
