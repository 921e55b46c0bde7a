import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapter, differences, GuidedService, type Step } from '../support/guide.js';

describe("README.md's sales, bucket, tables, SQL and workflows", { timeout: 300_000 }, () => {
  let service: GuidedService;
  beforeAll(async () => {
    service = await GuidedService.start();
    await service.until('/imports', (answer) => answer.includes('sales_data_2.csv'));
  });
  afterAll(() => service.stop());

  async function walk(title: string): Promise<{ steps: Step[]; printed: string[] }> {
    const steps = chapter(title);
    const printed = await service.run(steps);
    expect(steps.flatMap((step, index) => differences(step, printed[index]))).toEqual([]);
    return { steps, printed };
  }

  it('imports what is good of a file, and reports it at once', async () => {
    const steps = chapter('6. Sales: from a file to three reports');
    const printed = await service.run(steps);
    expect(printed[0]).toMatch(/^Imported 1 of 3 rows into sales_report/u);
    expect(printed[0]).toContain('sales_date is not a date');
    expect(printed[1]).toContain('sales_data_2.csv');
    expect(JSON.parse(printed[2] ?? '')).toEqual([expect.objectContaining({ month: '2025-12' })]);
    expect(printed[3]).toContain('rank,product_id,product_name,revenue\r\n1,');
  });

  it('stores, patches and removes an object, and loads rows', async () => {
    const { printed } = await walk('7. The bucket and the warehouse tables');
    expect(printed[1]).toContain('SALE_ID');
    expect(printed[3]).toContain('Lyon');
  });

  it('asks within the guard, is refused beyond it, and runs a workflow', async () => {
    const { printed } = await walk('8. SQL, within a guard, and workflows');
    expect(printed[1]).toContain('more than one statement');
    expect(printed.at(-1)).toContain('Run validated');
  });
});
