import type { TotalsState } from '../../../domain/sales-reporting/totals-state.js';
import { textRecord } from '../text-table.js';

const MOST_SPANS = 10;

export function totalsText({ table, isEnabled, unknown, unfolded, daysKept }: TotalsState): string[] {
  const spans = unknown.slice(0, MOST_SPANS).map(({ from, to }) => `${from} to ${to}`);
  return textRecord({
    table,
    totals: isEnabled ? 'kept' : 'not kept',
    'read from rows': spans.length === 0 ? 'nothing' : spans.join(', ') + (unknown.length > MOST_SPANS ? ', …' : ''),
    'not added up yet': unfolded,
    'days kept': daysKept,
  });
}
