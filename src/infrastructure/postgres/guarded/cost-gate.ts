import { PenstockError } from '../../../domain/errors.js';
import type { ParsedStatement } from './statement-parser.js';
import type { StepAnswer, WireStep } from './wire-exchange.js';

interface Plan {
  readonly Plan?: { readonly 'Total Cost'?: number };
}

/** Asks the planner what the statement would cost, without running it; undefined for one that runs nothing anyway. */
export function explain({ sql, kind }: ParsedStatement, values: readonly (string | null)[]): WireStep | undefined {
  return kind === 'ExplainStmt' ? undefined : { text: `EXPLAIN (FORMAT JSON) ${sql}`, values };
}

/** @throws PenstockError `query.too-costly` */
export function checkCost(answer: StepAnswer | undefined, maxCost: number): void {
  const plans = JSON.parse(answer?.rows[0]?.[0] ?? '[]') as Plan[]; // what PostgreSQL documents of FORMAT JSON
  const cost = plans[0]?.Plan?.['Total Cost'] ?? 0;
  if (cost <= maxCost) return;
  const message = `The planner takes the statement to cost ${Math.round(cost)}, and no more than ${maxCost} is allowed.`;
  throw new PenstockError('query.too-costly', message);
}
