import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourText } from '../../../../src/domain/warehouse-loading/amplitude/export-hour.js';
import { readRange } from '../../../../src/domain/warehouse-loading/amplitude/export-range.js';
import { event } from '../../../support/amplitude-server.js';
import { AmplitudeWorld } from '../../../support/amplitude-world.js';

let world: AmplitudeWorld;
beforeEach(async () => {
  world = await AmplitudeWorld.open();
  for (let hour = 0; hour < 24; hour += 1) {
    world.server.put(`20240201T${String(hour).padStart(2, '0')}`, [event(2 * hour), event(2 * hour + 1)]);
  }
});
afterEach(() => world.close());

const DAY = ['20240201', '20240201'] as const;
const hoursOf = (window: { first: number; last: number }): number => window.last - window.first + 1;
const isLarger = (hours: number) => (window: { first: number; last: number }) => hoursOf(window) > hours;

async function eventsOf(): Promise<unknown> {
  return (await world.export(...DAY)).manifest['events'];
}

async function kept(): Promise<string[]> {
  const spool = world.spool();
  return [...(await spool.kept(world.vendor().project('web'), readRange(...DAY)))].map(hourText);
}

// The situations in which the public Airbyte connector splits windows.
describe('a window', () => {
  it('that is answered is not split', async () => {
    expect(await eventsOf()).toBe(48);
    expect(world.server.askedTexts).toEqual(['20240201T00-20240201T23 200']);
  });

  it.each([400, 504])('answered with %i is halved, and both halves are asked', async (status) => {
    world.server.mishap = (window) => (isLarger(12)(window) ? { status } : undefined);
    expect(await eventsOf()).toBe(48);
    expect(world.server.askedTexts).toEqual([
      `20240201T00-20240201T23 ${status}`,
      '20240201T00-20240201T11 200',
      '20240201T12-20240201T23 200',
    ]);
  });

  it.each([400, 504])(
    'that goes on being answered with %i is halved down to single hours, and nothing is lost',
    async (status) => {
      world.server.mishap = (window) => (isLarger(1)(window) ? { status } : undefined);
      expect(await eventsOf()).toBe(48);
      const answered = world.server.asked.filter((asked) => asked.status === 200);
      expect(answered.map(hoursOf)).toEqual(Array.from({ length: 24 }, () => 1));
      expect(world.server.asked.filter((asked) => asked.status === status)).toHaveLength(23);
    },
  );

  it('whose one half is still too large halves that half alone', async () => {
    const [first] = [readRange(...DAY).first];
    world.server.mishap = (window) =>
      isLarger(12)(window) || (window.first < first + 12 && isLarger(6)(window)) ? { status: 400 } : undefined;
    expect(await eventsOf()).toBe(48);
    expect(world.server.askedTexts).toEqual([
      '20240201T00-20240201T23 400',
      '20240201T00-20240201T11 400',
      '20240201T00-20240201T05 200',
      '20240201T06-20240201T11 200',
      '20240201T12-20240201T23 200',
    ]);
  });

  it('that was halved has, after both halves, all of its hours; nothing is asked for again', async () => {
    world.server.mishap = (window) => (isLarger(12)(window) ? { status: 400 } : undefined);
    await world.gather(...DAY);
    expect(await kept()).toHaveLength(24);
    world.server.asked.length = 0;
    expect(await eventsOf()).toBe(48);
    expect(world.server.asked).toEqual([]);
  });

  it('whose second half fails keeps the first half, and only the second is asked for the next time', async () => {
    world.server.mishap = (window) => {
      if (isLarger(12)(window)) return { status: 504 };
      return window.first % 24 >= 12 ? { status: 500 } : undefined;
    };
    await expect(world.gather(...DAY)).rejects.toMatchObject({ code: 'vendor.unreachable' });
    expect(await kept()).toEqual(Array.from({ length: 12 }, (_, n) => `20240201T${String(n).padStart(2, '0')}`));
    world.server.mishap = () => undefined;
    world.server.asked.length = 0;
    expect(await eventsOf()).toBe(48);
    expect(world.server.askedTexts).toEqual(['20240201T12-20240201T23 200']);
  });

  it('that is always too large ends at one hour, with its name and what can be done', async () => {
    world.server.mishap = () => ({ status: 400 });
    await expect(world.gather(...DAY)).rejects.toMatchObject({
      code: 'export.too-large',
      message: expect.stringMatching(/single hour 20240201T00.*4 GB/),
    });
    expect(world.server.asked.map(hoursOf)).toEqual([24, 12, 6, 3, 2, 1]);
  });

  it('that always times out ends at one hour, after all tries for it', async () => {
    world.server.mishap = () => ({ status: 504 });
    await expect(world.gather(...DAY)).rejects.toMatchObject({
      code: 'vendor.timeout',
      message: expect.stringContaining('20240201T00'),
    });
    expect(world.server.asked.map(hoursOf)).toEqual([24, 12, 6, 3, 2, 1, 1, 1, 1]);
  });

  it('that is forbidden is never split and never asked again', async () => {
    world.server.mishap = () => ({ status: 403 });
    await expect(world.gather(...DAY)).rejects.toMatchObject({ code: 'vendor.refused' });
    expect(world.server.askedTexts).toEqual(['20240201T00-20240201T23 403']);
  });

  it.each([401, 302, 410])(
    'answered with %i, which the Export API does not know, is not split either',
    async (status) => {
      world.server.mishap = () => ({ status });
      await expect(world.gather(...DAY)).rejects.toMatchObject({ code: 'vendor.refused' });
      expect(world.server.asked).toHaveLength(1);
    },
  );

  it('one half of which has no data does not fail for it', async () => {
    world.server.mishap = (window) => {
      if (isLarger(12)(window)) return { status: 400 };
      return window.first % 24 < 12 ? { status: 404, body: 'Raw data files were not found.' } : undefined;
    };
    const { manifest } = await world.export(...DAY);
    expect(manifest['events']).toBe(24);
    expect(manifest['empty_hours']).toHaveLength(12);
  });

  it('both halves of which have no data has none', async () => {
    world.server.mishap = (window) => (isLarger(12)(window) ? { status: 504 } : { status: 404 });
    const { manifest } = await world.export(...DAY);
    expect([manifest['events'], manifest['bytes']]).toEqual([0, 0]);
    expect(manifest['empty_hours']).toHaveLength(24);
  });
});

describe('too many requests', () => {
  it('are waited for as long as Retry-After says, and then asked again, unsplit', async () => {
    world.server.mishap = (_window, tries) =>
      tries > 1 ? undefined : { status: 429, headers: { 'retry-after': '30' } };
    world.vendorOptions = { ...world.vendorOptions, retryMaxMs: 60_000 };
    expect(await eventsOf()).toBe(48);
    expect(world.server.askedTexts).toEqual(['20240201T00-20240201T23 429', '20240201T00-20240201T23 200']);
    expect(world.clock.slept).toEqual([expect.closeTo(30_000, -4)]);
  });

  it('are given up at once when the wait is longer than allowed, and the caller is told how long', async () => {
    world.server.mishap = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(world.gather(...DAY)).rejects.toMatchObject({ code: 'vendor.throttled', retryAfterMs: 3_600_000 });
    expect(world.server.asked).toHaveLength(1);
  });

  it('without Retry-After are asked again as often as may be', async () => {
    world.server.mishap = () => ({ status: 429 });
    await expect(world.gather(...DAY)).rejects.toMatchObject({ code: 'vendor.throttled' });
    expect(world.server.asked.map(hoursOf)).toEqual([24, 24, 24, 24]);
  });
});
