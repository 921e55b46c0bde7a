import { PenstockError } from '../errors.js';

/** How many bad rows an import bears: so many, or a share of all rows of the file in percent. */
export type RejectLimit = { readonly rows: number } | { readonly percent: number };

/** No import keeps more bad rows than these, whatever its limit: then the file, not its rows, is what is wrong. */
export const MAX_REJECTED_ROWS = 1_000_000;

/** @throws PenstockError `request.invalid` for anything but `100` or `2.5%` */
export function parseRejectLimit(text: string): RejectLimit {
  const parts = /^(\d{1,12})$|^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text.trim());
  const rows = parts?.[1];
  const percent = parts?.[2];
  if (rows !== undefined) return { rows: Number(rows) };
  if (percent !== undefined && Number(percent) <= 100) return { percent: Number(percent) };
  throw new PenstockError('request.invalid', 'A reject limit is a number of rows, or a share of 0% to 100%.');
}

/** Whether it is over already, before the end of the file is known. @returns why */
export function overLimit(limit: RejectLimit | undefined, rejected: number): string | undefined {
  const most = limit !== undefined && 'rows' in limit ? Math.min(limit.rows, MAX_REJECTED_ROWS) : MAX_REJECTED_ROWS;
  return rejected > most ? `More than ${most} rows are bad.` : undefined;
}

/** Whether it is over now that all rows are known. @returns why */
export function overShare(limit: RejectLimit | undefined, rejected: number, rows: number): string | undefined {
  if (limit === undefined || 'rows' in limit || rejected * 100 <= limit.percent * rows) return undefined;
  return `${rejected} of ${rows} rows are bad, which is more than ${limit.percent}%.`;
}
