import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, differences, GuidedService } from '../support/guide.js';

describe("README.md's dead letters", { timeout: 300_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
    await service.until('/api/connectors', (answer) => answer.includes('"deadLetters":1'));
  });
  afterAll(() => service.stop());

  it('are looked at, mended by a change of the table, replayed, and the rest given up', async () => {
    const steps = chapter('3. Dead letters');
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({
      deadLetters: [{ code: 'record.wrong-type', column: 'user_id' }],
    });
    expect((JSON.parse(printed[1] ?? '') as { replayed: number }).replayed).toBeGreaterThan(0);
  });
});
