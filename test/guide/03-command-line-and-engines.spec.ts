import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, differences, GuidedService } from '../support/guide.js';

const STREAM = 'shop-sessions';
const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe("README.md's command line and engines", { timeout: 300_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
    await service.until('/api/connectors', (answer) => answer.includes('"deadLetters":1'));
  });
  afterAll(() => service.stop());

  it('onboards, asks and checks without the API', async () => {
    const steps = chapter('4. The command line');
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    expect(printed[0]).toContain('CREATE TABLE default.visits');
  });

  it("lets the engines' own clients in, those that are installed here", async () => {
    const all = chapter('5. The engines themselves');
    const steps = all.filter(({ command }) => isInstalled(/\b(aws|psql)\b/u.exec(command)?.[0] ?? 'bash'));
    expect(all).toHaveLength(4);
    expect(steps.length).toBeGreaterThanOrEqual(2);
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    expect(printed[1]?.trim().split('\n')).toHaveLength(3);
    for (const [program, answer] of [
      ['aws', STREAM],
      ['psql', 'record.wrong-type'],
    ] as const) {
      const index = steps.findIndex(({ command }) => command.includes(`${program} `));
      expect(index < 0 ? answer : printed[index]).toContain(answer);
    }
  });
});
