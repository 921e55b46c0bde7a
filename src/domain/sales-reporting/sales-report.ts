/** What a month brought in. Money is an exact decimal with two places or, where the data has more, all of them. */
export interface SummaryRow {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly revenue: string;
  /** A number; beyond 2^53 its digits. */
  readonly quantity: number | string;
}

/** The same for each product name and region. */
export interface BreakdownRow extends SummaryRow {
  readonly product_name: string;
  readonly region: string;
}

export interface TopProductRow {
  /** Products with the same revenue share their rank, and the next has as many less: 1, 2, 2, 4. */
  readonly rank: number;
  readonly product_id: number | string;
  readonly product_name: string;
  readonly revenue: string;
}

export const SUMMARY_COLUMNS = ['month', 'revenue', 'quantity'] as const;
export const BREAKDOWN_COLUMNS = ['month', 'product_name', 'region', 'revenue', 'quantity'] as const;
export const TOP_PRODUCT_COLUMNS = ['rank', 'product_id', 'product_name', 'revenue'] as const;

export const TOP_PRODUCTS = 5;
/** `keep` answers everybody who shares the fifth rank, up to this many. */
export const MOST_TIED_PRODUCTS = 1000;

/** What becomes of further products with the revenue of the fifth: left out, or kept. */
export const TIES = ['cut', 'keep'] as const;
export type Ties = (typeof TIES)[number];

/** Where a report is computed. */
export const REPORT_ENGINES = ['postgres', 'clickhouse'] as const;
export type ReportEngine = (typeof REPORT_ENGINES)[number];

/** `totals`: from what is kept with the rows. `rows`: from the rows themselves. `mixed`: some months so, others so. */
export type ReportSource = 'totals' | 'rows' | 'mixed';

/** The table of the reports, unless another of its shape is named. */
export const SALES_TABLE = 'sales_report';

/** An engine's decimal, without the zeros that its type or its history put there, and with two places at least. */
export function moneyText(decimal: string): string {
  const [whole = '0', places = ''] = decimal.split('.');
  if (!/^-?\d+$/.test(whole)) return decimal; // NaN, which numeric columns may hold
  return `${whole}.${places.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** An engine's whole number. */
export function wholeNumber(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}
