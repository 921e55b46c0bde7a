import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { startClickHouse, stopClickHouse } from './clickhouse-process.js';

export interface ScratchClickhouse {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** A client of its own, to be closed by who asked for it. */
  connect(): ClickHouseClient;
  stop(): Promise<void>;
}

/** The built ClickHouse engine on a temporary folder. */
export async function startScratchClickhouse(): Promise<ScratchClickhouse> {
  const dir = await mkdtemp(join(tmpdir(), 'penstock-clickhouse-'));
  const engine = await startClickHouse(join(dir, 'data'));
  const { url, username, password } = engine;
  return {
    url,
    username,
    password,
    connect: () => createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } }),
    async stop() {
      await stopClickHouse(engine);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
