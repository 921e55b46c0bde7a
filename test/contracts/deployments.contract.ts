import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import type { Deployments } from '../../src/domain/ports/deployments.port.js';
import { freshName } from '../support/engine-of.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';

export interface DeploymentsHarness {
  readonly one: Deployments;
  /** Of another process. */
  readonly other: Deployments;
  readonly unreachable: Deployments;
  close(): Promise<void>;
}

/** What every Deployments adapter promises. */
export function deploymentsContract(engine: string, open: () => Promise<DeploymentsHarness>): void {
  describe(`Deployments on ${engine}`, () => {
    let harness: DeploymentsHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const fresh = (stem = 'domain'): DomainConfig => ({ ...SHOP_DOMAIN, name: freshName(stem) });

    it('tells every process a domain as it was recorded last', async () => {
      const { one, other } = harness;
      const domain = fresh();
      const first = await one.record({ domain, environment: 'dev', deployedBy: 'ada' });
      const recorded = await other.record({ domain: { ...domain, description: 'New' }, deployedBy: 'bob' });
      expect(recorded.deployedAtMs).toBeGreaterThan(0);
      expect(await one.find(domain.name)).toEqual({ ...recorded, domain: { ...domain, description: 'New' } });
      expect(recorded).not.toHaveProperty('environment');
      expect(recorded.createdAtMs).toBe(first.createdAtMs);
    });

    it('lists domains by name', async () => {
      const { one } = harness;
      const [later, earlier] = [fresh('z'), fresh('a')];
      for (const domain of [later, earlier]) await one.record({ domain, deployedBy: 'ada' });
      const names = (await one.list()).map(({ domain }) => domain.name);
      expect(names.filter((name) => [later.name, earlier.name].includes(name))).toEqual([earlier.name, later.name]);
    });

    it('forgets a domain that was removed, and says whether there was one', async () => {
      const { one, other } = harness;
      const domain = fresh();
      await one.record({ domain, deployedBy: 'ada' });
      expect([await other.remove(domain.name), await other.remove(domain.name)]).toEqual([true, false]);
      expect(await one.find(domain.name)).toBeUndefined();
    });

    it('gives one process at a time its turn with a domain, and others theirs with other domains', async () => {
      const { one, other } = harness;
      const { name } = fresh();
      const answer = await one.inTurn(name, async () => {
        await expect(other.inTurn(name, async () => 'never')).rejects.toMatchObject({ code: 'pipeline.busy' });
        return other.inTurn(`${name}_2`, async () => 'beside');
      });
      expect(answer).toBe('beside');
      expect(await other.inTurn(name, async () => 'next')).toBe('next');
    });

    it('ends a turn whose work failed, with the error of the work', async () => {
      const { one, other } = harness;
      const { name } = fresh();
      const failing = one.inTurn(name, () => Promise.reject(new Error('of the work')));
      await expect(failing).rejects.toThrow('of the work');
      expect(await other.inTurn(name, async () => 'next')).toBe('next');
    });

    it('says that its database is not there', async () => {
      const { unreachable } = harness;
      for (const asked of [unreachable.list(), unreachable.find('x'), unreachable.inTurn('x', async () => 1)]) {
        await expect(asked).rejects.toMatchObject({ code: 'database.unreachable' });
      }
    });
  });
}
