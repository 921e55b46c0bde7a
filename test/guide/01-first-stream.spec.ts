import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, differences, GuidedService } from '../support/guide.js';

describe("README.md's first stream", { timeout: 300_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
    await service.until('/api/connectors', (answer) => /"rows":[1-9]/u.test(answer));
  });
  afterAll(() => service.stop());

  it('goes from a stream to a table as the seed document tells, answers included', async () => {
    const steps = chapter('1. From a stream to a table');
    expect(steps.filter(({ shown }) => shown?.kind === 'json')).toHaveLength(4);
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ authenticated: true, streamNames: ['shop-sessions'] });
    const createQuery = (text: string | undefined) =>
      (JSON.parse(text ?? '') as { create_table_query: string }).create_table_query;
    expect(createQuery(printed[2])).toContain(createQuery(steps[2]?.shown?.text).replace('…', ''));
  });

  it('watches, pauses, resumes and removes the connector that fills it', async () => {
    await service.until('/api/connectors', (answer) => (answer.match(/"lastFlushReason"/gu) ?? []).length === 4);
    const steps = chapter('2. Connectors');
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ tableName: 'page_visits', state: 'paused' });
    await service.until('/api/databases', (answer) => !answer.includes('page_visits'));
  });
});
