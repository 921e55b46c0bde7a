import { createRequire } from 'node:module';
import type { Session } from 'chdb';
import { afterAll } from 'vitest';

/** A ClickHouse inside this process, with a folder of its own that is gone after the file's tests. */
export function clickHouseInProcess(): Session {
  const chdb = createRequire(import.meta.url)('chdb') as { Session: new () => Session };
  const session = new chdb.Session();
  afterAll(() => session.close());
  return session;
}
