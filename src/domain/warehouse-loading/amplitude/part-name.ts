import { type ExportHour, hourOf } from './export-hour.js';
import type { ExportWindow } from './window-plan.js';

/** `{project}_{YYYY-MM-DD}_{H}#{part}.json.gz`, in any folder. */
const PART_NAME = /_(\d{4})-(\d{2})-(\d{2})_(\d{1,2})(?:#\d+)?\.json\.gz$/;

/** Whether an entry of the vendor's archive holds events: any `.gz`, at any depth. */
export function holdsEvents(entryName: string): boolean {
  return entryName.toLowerCase().endsWith('.gz');
}

/**
 * The hour of an entry. Of a window of one hour everything belongs to it; of a longer one only a name that says an hour
 * of this window is believed.
 */
export function hourOfEntry(entryName: string, { first, last }: ExportWindow): ExportHour | undefined {
  if (first === last) return first;
  const parts = PART_NAME.exec(entryName);
  if (parts === null) return undefined;
  const [, year, month, day, hour] = parts.map(Number);
  const named = hourOf({ year, month, day, hour });
  return named !== undefined && named >= first && named <= last ? named : undefined;
}

/** Numbers in names count as numbers, so that part 10 comes after part 2; equal in no case but for equal names. */
export function compareEntryNames(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = comparePieces(left[at] ?? '', right[at] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function pieces(name: string): string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

function comparePieces(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [left, right] = [BigInt(a), BigInt(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** By code units: collation would differ between machines. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
