import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Homes } from '../../support/homes.js';
import { penstock, type Run } from '../../support/penstock.js';
import { allGone, familyOf, survivors } from '../../support/processes.js';
import { type Spawned, spawnService } from '../../support/spawn-service.js';

const homes = new Homes();
const NAMES = ['postgres', 'clickhouse', 'kinesis', 'dynamodb', 's3', 'lambda'];

describe('penstock engines', { timeout: 60_000 }, () => {
  let home: string;
  let service: Spawned;
  let url: string;

  async function serve(): Promise<void> {
    const environment = { PENSTOCK_HOME: home, PORT: '0', LOGGING_FORMAT: 'json' };
    service = spawnService('serve', environment, { cwd: dirname(home) });
    url = (JSON.parse(await service.line('Penstock listens on')) as { url: string }).url;
  }

  function engines(...words: string[]): Promise<Run> {
    return penstock(['engines', ...words], { PENSTOCK_HOME: home });
  }

  /** Until the service says that all its engines work; the test's own limit ends the asking. */
  async function ready(): Promise<void> {
    while ((await fetch(`${url}/health/ready`)).status !== 200) await sleep(100);
  }

  beforeAll(async () => {
    home = await homes.fresh();
    await serve();
  });

  afterAll(async () => {
    service.process.kill('SIGKILL');
    await homes.clear();
  });

  it('shows machines every engine of a service that has only just started, with what a client needs', async () => {
    const { exitCode, stdout } = await engines('--json');
    expect(exitCode).toBe(0);
    const local = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
    const aws = { url: local, accessKeyId: 'penstock', secretAccessKey: 'penstock-local', region: 'us-east-1' };
    const secret = expect.stringMatching(/^[\w-]{32}$/);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(NAMES);
    expect(JSON.parse(stdout)).toEqual({
      postgres: {
        url: expect.stringMatching(/^postgresql:\/\/penstock:[\w-]{32}@127\.0\.0\.1:\d+\/penstock$/),
        user: 'penstock',
        password: secret,
        database: 'penstock',
      },
      clickhouse: { url: local, user: 'penstock', password: secret },
      kinesis: aws,
      dynamodb: aws,
      s3: aws,
      lambda: aws,
    });
  });

  it('shows people the same as a table', async () => {
    const { stdout } = await engines();
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ENGINE +URL +USER OR KEY +PASSWORD OR SECRET +DATABASE OR REGION/);
    expect(lines.slice(-NAMES.length).map((line) => line.split(' ')[0])).toEqual(NAMES);
  });

  it('stops the engines under a running service, which has them back at its next use', async () => {
    const before = await engines('--json');
    const family = await familyOf(home);
    expect(await engines('stop')).toMatchObject({ exitCode: 0, stdout: 'The embedded engines are stopped.\n' });
    expect(survivors(family)).toEqual([]);
    await ready();
    expect((await engines('--json')).stdout).toBe(before.stdout);
  });

  it('finds nothing after the service was killed, and the same as before when it is back', async () => {
    const before = await engines('--json');
    const family = await familyOf(home);
    service.process.kill('SIGKILL');
    await service.exit;
    await allGone(family);
    expect(await engines()).toMatchObject({ exitCode: 0, stdout: 'No embedded engine runs.\n' });
    expect(await engines('stop', '--json')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\{\s*"stopped": ?false\s*\}\n$/),
    });
    await serve();
    expect((await engines('--json')).stdout).toBe(before.stdout);
  });

  it('finds nothing when the service has ended by itself: that waits for its engines', async () => {
    await ready();
    const family = await familyOf(home);
    service.process.kill('SIGTERM');
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(survivors(family)).toEqual([]);
  });
});
