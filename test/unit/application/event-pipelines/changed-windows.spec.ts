import { describe, expect, it } from 'vitest';
import { ChangedWindows } from '../../../../src/application/event-pipelines/window-follow/changed-windows.js';
import { CHANGE_OVERLAP_MS } from '../../../../src/domain/ports/aggregate-windows.port.js';
import { MemoryWindows } from '../../../support/memory-windows.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const REVENUE = SHOP_DOMAIN.aggregations[1]!;
const BEGIN_MS = Date.UTC(2026, 0, 1);

const from = (windows: MemoryWindows, toldMs = BEGIN_MS): ChangedWindows =>
  new ChangedWindows(windows, SHOP_DOMAIN, REVENUE, toldMs);

async function told(changes: ChangedWindows): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for await (const page of changes.round()) values.push(...page.map(({ state }) => state.value));
  return values;
}

describe('the changes of windows, round after round', () => {
  it('are told once each, oldest first', async () => {
    const windows = new MemoryWindows();
    const changes = from(windows);
    windows.set('revenue', { startMs: 2, value: 'b', changedAtMs: BEGIN_MS + 2 });
    windows.set('revenue', { startMs: 1, value: 'a', changedAtMs: BEGIN_MS + 1 });
    expect(await told(changes)).toEqual(['a', 'b']);
    expect(await told(changes)).toEqual([]);
    windows.set('revenue', { startMs: 1, value: 'c', changedAtMs: BEGIN_MS + 3 });
    expect(await told(changes)).toEqual(['c']);
  });

  it('are told also when they are seen later than changes that were later', async () => {
    const windows = new MemoryWindows();
    const changes = from(windows);
    windows.set('revenue', { startMs: 1, value: 'later', changedAtMs: BEGIN_MS + CHANGE_OVERLAP_MS });
    expect(await told(changes)).toEqual(['later']);
    windows.set('revenue', { startMs: 2, value: 'earlier', changedAtMs: BEGIN_MS });
    expect(await told(changes)).toEqual(['earlier']);
  });

  it('are told of the same moment, when the window has counted more since', async () => {
    const windows = new MemoryWindows();
    const changes = from(windows);
    windows.set('revenue', { startMs: 1, value: '1', events: 1, changedAtMs: BEGIN_MS });
    expect(await told(changes)).toEqual(['1']);
    windows.set('revenue', { startMs: 1, value: '2', events: 2, changedAtMs: BEGIN_MS });
    expect(await told(changes)).toEqual(['2']);
  });

  it('are told page by page, however many there are of one moment', async () => {
    const windows = new MemoryWindows();
    const number = 12_000;
    for (let n = 0; n < number; n += 1) windows.set('revenue', { startMs: n, value: '1', changedAtMs: BEGIN_MS });
    const changes = from(windows);
    expect(await told(changes)).toHaveLength(number);
    expect(await told(changes)).toEqual([]);
  });

  it('are told again when who was told has failed', async () => {
    const windows = new MemoryWindows();
    const changes = from(windows);
    windows.set('revenue', { startMs: 1, value: 'a', changedAtMs: BEGIN_MS });
    const failing = (async () => {
      for await (const _ of changes.round()) throw new Error('not written');
    })();
    await expect(failing).rejects.toThrow('not written');
    expect(await told(changes)).toEqual(['a']);
  });

  it('of long ago are left out', async () => {
    const windows = new MemoryWindows();
    windows.set('revenue', { startMs: 1, value: 'old', changedAtMs: BEGIN_MS - CHANGE_OVERLAP_MS - 1 });
    expect(await told(from(windows))).toEqual([]);
  });
});
