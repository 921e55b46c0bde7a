import { PenstockError } from '../errors.js';
import { isDay } from './calendar.js';
import type { BreakdownRow } from './sales-report.js';

/** A place between two rows of a breakdown. */
export interface BreakdownPlace {
  readonly month: string;
  readonly productName: string;
  readonly region: string;
}

export function placeText({ month, product_name, region }: BreakdownRow): string {
  return JSON.stringify([month, product_name, region]);
}

/** @throws PenstockError `cursor.invalid` */
export function breakdownPlace(text: string): BreakdownPlace {
  const [month, productName, region] = partsOf(text);
  if (
    typeof month === 'string' &&
    isDay(`${month}-01`) &&
    typeof productName === 'string' &&
    typeof region === 'string'
  ) {
    return { month, productName, region };
  }
  throw new PenstockError('cursor.invalid', 'The cursor is not one that this report has given out.');
}

function partsOf(text: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
