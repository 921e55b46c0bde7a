import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, differences, GuidedService } from '../support/guide.js';

describe("README.md's events", { timeout: 300_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
  });
  afterAll(() => service.stop());

  it('go from a domain in YAML to windows that count each of them once', async () => {
    const steps = chapter('9. Events: from a domain in YAML to windows');
    const printed = await service.run(steps.slice(0, 2));
    expect(printed[1]?.trim()).toMatch(/^500 events of ecommerce were acknowledged, 0 given up, 0 refused/u);
    const views = '/pipelines/ecommerce/aggregations/views_per_minute';
    const counted = (answer: string): number =>
      (JSON.parse(answer) as { events: number }[]).reduce((sum, { events }) => sum + events, 0);
    await service.until(views, (answer) => counted(answer) === 488);
    printed.push(...(await service.run(steps.slice(2))));
    expect(printed[2]).toContain('default.ecommerce_page_view');
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
  });
});
