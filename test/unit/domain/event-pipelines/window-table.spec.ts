import { describe, expect, it } from 'vitest';
import {
  followFingerprint,
  groupKeyOf,
  WINDOW_COLUMNS,
  windowTableOf,
} from '../../../../src/domain/event-pipelines/window-table.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const SHOP = { ...SHOP_DOMAIN, postgres: { schema: 'analytics', delayMs: 1000 } };
const REVENUE = SHOP.aggregations[1]!;

describe('the table of windows', () => {
  it('is named by domain and aggregation', () => {
    expect(windowTableOf(SHOP, REVENUE)).toEqual({
      schema: 'analytics',
      table: 'shop_revenue',
      owner: 'shop/revenue',
      groupColumns: [{ field: 'country', column: 'country' }],
    });
    expect(windowTableOf(SHOP_DOMAIN, REVENUE)).toBeUndefined();
  });

  it('has names that PostgreSQL does not cut off, different for different aggregations', () => {
    const names = ['é'.repeat(60), `${'é'.repeat(60)}2`].map(
      (name) => windowTableOf(SHOP, { ...REVENUE, name })!.table,
    );
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(new Set(names).size).toBe(2);
  });

  it('has a column for each group, also for those with names of its own columns', () => {
    const groupBy = ['value', 'group_value', 'country'];
    const columns = windowTableOf(SHOP, { ...REVENUE, groupBy })!.groupColumns.map(({ column }) => column);
    expect(new Set([...columns, ...WINDOW_COLUMNS]).size).toBe(columns.length + WINDOW_COLUMNS.length);
    expect(columns.at(-1)).toBe('country');
  });
});

describe('the key of a group', () => {
  it('tells groups apart, those without a value included', () => {
    const grouped = { ...REVENUE, groupBy: ['a', 'b'] };
    const groups = [
      { a: 'x', b: 'y' },
      { a: 'x","y', b: '' },
      { a: null, b: 'y' },
      { a: '', b: 'y' },
    ];
    expect(new Set(groups.map((group) => groupKeyOf(grouped, group))).size).toBe(groups.length);
    expect(groupKeyOf(grouped, { b: 'y', a: 'x' })).toBe(groupKeyOf(grouped, groups[0]!));
  });
});

describe('the fingerprint of what is followed', () => {
  const of = (change: object = {}, domain = SHOP, createdAtMs = 1): string =>
    followFingerprint({ domain, createdAtMs }, { ...REVENUE, ...change });

  it('changes with what is computed, where it is written, and a new life of the domain', () => {
    const prints = [
      of(),
      of({ kind: 'avg' }),
      of({ field: 'quantity' }),
      of({ groupBy: [] }),
      of({ filter: [] }),
      of({ allowedLatenessMs: 1 }),
      of({ window: { ...REVENUE.window, slideMs: 30_000 } }),
      of({}, { ...SHOP, postgres: { schema: 'other', delayMs: 1000 } }),
      of({}, SHOP, 2),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('does not change with what is only said or only timed', () => {
    expect(of({}, { ...SHOP, description: 'Other', postgres: { schema: 'analytics', delayMs: 9 } })).toBe(of());
  });
});
