import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScratchClickhouse, startScratchClickhouse } from '../support/scratch-clickhouse.js';
import { freePort, type ScratchPostgres, startScratchPostgres } from '../support/scratch-postgres.js';

const program = fileURLToPath(new URL('../../bin/penstock.mjs', import.meta.url));

interface Row {
  engine: string;
  name: string;
  state: string;
}

let postgres: ScratchPostgres;
let clickhouse: ScratchClickhouse;

/** The command as a user types it, where nobody can be asked. */
async function migrate(args: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, 'migrate', ...args.split(' ')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DWH_DATABASE_URL: postgres.url,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_USER: clickhouse.username,
      CLICKHOUSE_PASSWORD: clickhouse.password,
      ...env,
    },
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, code: await code };
}

const rows = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as Row[];

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([startScratchPostgres(), startScratchClickhouse()]);
});
afterAll(() => Promise.all([postgres.stop(), clickhouse.stop()]));

describe('penstock migrate', () => {
  it('shows what is pending, applies it, and shows when', async () => {
    const pending = rows(await migrate('status --json'));
    expect(new Set(pending.map(({ engine, state }) => `${engine} ${state}`))).toEqual(
      new Set(['postgres pending', 'clickhouse pending']),
    );
    const applied = rows(await migrate('up --json'));
    expect(applied.map(({ name }) => name)).toEqual(pending.map(({ name }) => name));
    expect(await migrate('up')).toMatchObject({ code: 0, stdout: 'Everything is up to date.\n' });
    expect((await migrate('status --engine clickhouse')).stdout).toMatch(
      /^clickhouse {2}applied {5}0001-penstock-database {2}\d{4}-\d\d-\d\dT/,
    );
  });

  it('undoes one step of the engine that is named', async () => {
    await migrate('up');
    const { stdout } = await migrate('down --engine clickhouse --yes --json');
    expect(JSON.parse(stdout)).toEqual({ engine: 'clickhouse', name: '0015-sales-report' });
    const pending = rows(await migrate('status --json')).filter(({ state }) => state === 'pending');
    expect(pending).toMatchObject([{ engine: 'clickhouse' }]);
  });

  it.each(['down --yes', 'down --engine postgres', 'up --engine oracle'])('refuses "%s"', async (args) => {
    expect(await migrate(args)).toMatchObject({ code: 64, stdout: '' });
  });

  it('tells an engine that does not answer by its exit code', async () => {
    const nowhere = `postgres://127.0.0.1:${await freePort()}/nowhere`;
    const { code, stderr } = await migrate('status', { DWH_DATABASE_URL: nowhere });
    expect(code).toBe(69);
    expect(stderr).toContain('PostgreSQL did not accept a connection');
  });
});
