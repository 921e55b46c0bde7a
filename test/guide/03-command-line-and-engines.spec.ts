import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, expectAsShown, GuidedService } from '../support/guide.js';

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe("README.md's command line and engines", { timeout: 120_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
    await service.until('/api/connectors', (answer) => answer.includes('"deadLetters":1'));
  });
  afterAll(() => service.stop());

  it('onboards, asks and checks without the API', async () => {
    const steps = chapter('4. The command line');
    const printed = await service.run(steps);
    steps.forEach((step, index) => expectAsShown(step, printed[index]));
    expect(printed[0]).toContain('CREATE TABLE default.visits');
  });

  const steps = chapter('5. The engines themselves');
  const [engines, http, aws, psql] = steps;

  it("tells where the engines are, and ClickHouse's own interface answers there", async () => {
    expect(steps).toHaveLength(4);
    const printed = await service.run(steps, 2);
    [engines, http].forEach((step, index) => step && expectAsShown(step, printed[index]));
    expect(printed[1]?.trim().split('\n')).toHaveLength(3);
  });

  it.skipIf(!isInstalled('aws'))('lets the AWS CLI in', async () => {
    expect(aws?.command).toContain('aws kinesis');
    const printed = await service.run(steps, 3);
    expect(JSON.parse(printed[2] ?? '')).toMatchObject({ StreamNames: ['shop-sessions'] });
  });

  it.skipIf(!isInstalled('psql'))('lets psql in', async () => {
    const only = [engines, http, psql].filter((step) => step !== undefined);
    const printed = await service.run(only);
    expect(printed[2]).toContain('record.wrong-type');
  });
});
