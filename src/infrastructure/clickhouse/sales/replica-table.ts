import type { DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { quoteIdentifier } from '../../../domain/shared/sql-quoting.js';

export const REPLICA_DATABASE = 'penstock';
/** Made by a migration; replicas of other tables are made like it. */
export const REPLICA_MODEL = 'penstock.sales_report';

/** The replica of a table bears its name, with a schema if it was named with one. */
export function replicaTable(name: QualifiedName): string {
  return `${REPLICA_DATABASE}.${quoteIdentifier(nameText(name))}`;
}

/** What Date32 can tell; days outside cannot be copied, so there are none. */
const DATE32: DaySpan = { from: '1900-01-01', to: '2299-12-31' };

export function dateParameters({ from, to }: DaySpan): { from: string; to: string } {
  return { from: from < DATE32.from ? DATE32.from : from, to: to > DATE32.to ? DATE32.to : to };
}

/** `202401` as `2024-01`. */
export function monthText(yearMonth: number): string {
  const digits = String(yearMonth);
  return `${digits.slice(0, 4)}-${digits.slice(4)}`;
}
