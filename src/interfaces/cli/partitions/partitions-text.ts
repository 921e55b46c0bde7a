import type { CreatePartitionsReceipt } from '../../../application/sales-reporting/create-monthly-partitions.command.js';
import type { MaintainReceipt } from '../../../application/sales-reporting/maintain-partitions.command.js';
import { textTable } from '../text-table.js';

type Receipt = Pick<CreatePartitionsReceipt, 'created' | 'dryRun' | 'overlaps' | 'gaps'>;

export function createdText(receipt: CreatePartitionsReceipt): string[] {
  const { created, existing, table, dryRun } = receipt;
  const number =
    created.length === 0 ? 'No partition' : `${created.length} partition${created.length === 1 ? '' : 's'}`;
  const also = existing.length === 0 ? '' : `; ${existing.length} of these months had theirs`;
  return [...listed(receipt), `${number} ${dryRun ? 'to create' : 'created'} in ${table}${also}.`];
}

export function maintainedText(receipt: MaintainReceipt): string[] {
  const { created, detached, dropped, table, dryRun } = receipt;
  const done = dryRun ? 'to be ' : '';
  const parts = [
    `${created.length} ${done}created`,
    `${detached.length} ${done}detached`,
    `${dropped.length} ${done}dropped`,
  ];
  return [
    ...listed(receipt),
    ...detached.map((name) => `${name} ${done}detached`),
    ...dropped.map((name) => `${name} ${done}dropped`),
    `Partitions of ${table}: ${parts.join(', ')}.`,
  ];
}

/** What somebody has to look at, on stderr. */
export function warnOf({ overlaps, gaps, hasStrays = false }: Receipt & { readonly hasStrays?: boolean }): void {
  const lines = [
    ...overlaps.map(
      ({ month, partitions }) => `${month} is covered in part by ${partitions.join(', ')}: no partition for it.`,
    ),
    ...gaps.map(({ from, until }) => `There is no partition from ${from} until ${until}.`),
    ...(hasStrays
      ? ['Rows lie in the default partition; create-monthly-partitions of their years gives them a place.']
      : []),
  ];
  for (const line of lines) process.stderr.write(`penstock: ${line}\n`);
}

function listed({ created }: Receipt): string[] {
  if (created.length === 0) return [];
  const rows = created.map(({ name, from, until, moved }) => [name, from, until, moved]);
  return textTable(['partition', 'from', 'until', 'rows moved'], rows);
}
