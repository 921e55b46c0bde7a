import { describe, expect, it } from 'vitest';
import type { Aggregation, FieldCondition } from '../../../../src/domain/event-pipelines/domain-config.js';
import { defineWindows } from '../../../../src/domain/event-pipelines/window-definition.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const REVENUE: Aggregation = SHOP_DOMAIN.aggregations[1] ?? never();

function never(): never {
  throw new Error('The domain of the tests has no second aggregation.');
}

const define = (more: Partial<Aggregation> = {}) => defineWindows(SHOP_DOMAIN, { ...REVENUE, ...more });
const faultsOf = (more: Partial<Aggregation>): string[] => {
  try {
    define(more);
  } catch (error) {
    return (error as { faults: { path: string }[] }).faults.map(({ path }) => path);
  }
  return [];
};

describe('the definition of windows', () => {
  it('is about the table of the events, with the types of its columns', () => {
    expect(define()).toEqual({
      source: { database: 'default', table: 'shop_purchase' },
      durationMs: 300_000,
      slideMs: 60_000,
      latenessMs: 120_000,
      groups: [{ name: 'country', type: 'String' }],
      state: {
        kind: 'sum',
        of: 'whole',
        divided: false,
        column: { name: 'total_amount', type: 'Nullable(Int64)' },
      },
      conditions: [{ column: { name: 'total_amount', type: 'Nullable(Int64)' }, comparison: '>', value: 0 }],
    });
  });

  it('keeps doubles as doubles, and means as sums that are divided', () => {
    expect(define({ kind: 'avg', field: 'quantity' }).state).toMatchObject({
      kind: 'sum',
      of: 'double',
      divided: true,
    });
    expect(define({ kind: 'count' }).state).toEqual({ kind: 'count' });
  });

  it('does not depend on the name, so that a renamed domain is not counted again for nothing', () => {
    expect(define({ name: 'other' })).toEqual(define());
  });

  it.each<[FieldCondition['field'], FieldCondition['value'], unknown]>([
    ['country', 7, '7'],
    ['country', true, 'true'],
    ['total_amount', '12', 12],
    ['total_amount', true, 1],
    ['timestamp', '2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
  ])('compares %s with %s as %s', (field, value, typed) => {
    const { conditions } = define({ filter: [{ field, comparison: '=', value }] });
    expect(conditions[0]?.value).toBe(typed);
  });

  it('tells every fault by its path', () => {
    const filter = [
      { field: 'nothing', comparison: '=', value: 1 },
      { field: 'total_amount', comparison: '=', value: ' ' },
    ] as const;
    expect(faultsOf({ kind: 'sum', field: 'country', groupBy: ['country', 'nothing', 'value'], filter })).toEqual([
      'group_by.1',
      'group_by.2',
      'group_by.2',
      'field',
      'filter.0.field',
      'filter.1.value',
    ]);
    expect(faultsOf({ window: { kind: 'sliding', durationMs: 10, slideMs: 4 } })).toEqual(['window']);
    expect(faultsOf({ window: { kind: 'sliding', durationMs: 10, slideMs: 0 } })).toEqual(['window']);
    expect(faultsOf({ eventType: 'nothing' })).toEqual(['event_type']);
  });
});
