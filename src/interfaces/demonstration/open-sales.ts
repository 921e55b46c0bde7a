import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateMonthlyPartitionsCommand } from '../../application/sales-reporting/create-monthly-partitions.command.js';
import { CreateSchemaCommand } from '../../application/sales-reporting/create-schema.command.js';
import { ImportCsvCommand, type ImportReceipt } from '../../application/sales-reporting/imports/import-csv.command.js';
import { ShowSalesBreakdownQuery } from '../../application/sales-reporting/show-sales-breakdown.query.js';
import { ShowSalesSummaryQuery } from '../../application/sales-reporting/show-sales-summary.query.js';
import { ShowTopProductsQuery } from '../../application/sales-reporting/show-top-products.query.js';
import { PenstockError } from '../../domain/errors.js';
import type { Buses } from './open-shop.js';

const TABLE = 'sales_report';
const YEARS = { start: 2025, end: 2026 };
const FILES = ['sales_data.csv', 'sales_data_2.csv'];
const SCHEMA = 'sales_data.yaml';
const BREAKDOWN_ROWS = 5;

/**
 * Imports the sales that come with the service, bad rows and all, and tells the reports; every step bears repetition.
 *
 * @param folder of the files
 */
export async function openSales(
  { commands, queries }: Buses,
  folder: string,
  say: (lines: readonly string[]) => void,
): Promise<void> {
  await commands.execute(
    new CreateSchemaCommand(await readFile(join(folder, 'optimised', 'sales_schema.sql'), 'utf8')),
  );
  await commands.execute(new CreateMonthlyPartitionsCommand(TABLE, YEARS));
  for (const file of FILES) say(await importFile(commands, folder, file));
  const summary = await queries.execute(new ShowSalesSummaryQuery());
  const top = await queries.execute(new ShowTopProductsQuery());
  const breakdown = await queries.execute(new ShowSalesBreakdownQuery({ limit: BREAKDOWN_ROWS }));
  say(['', 'Sales by month:', ...linesOf(summary.rows)]);
  say(['', 'The five best products:', ...linesOf(top.rows)]);
  say(['', 'The breakdown begins with:', ...linesOf(await all(breakdown.rows)), '']);
}

async function importFile(commands: Buses['commands'], folder: string, file: string): Promise<string[]> {
  const source = { name: file, isRepeatable: true, open: () => createReadStream(join(folder, file)) };
  const schema = await readFile(join(folder, SCHEMA), 'utf8');
  try {
    return receiptText(await commands.execute(new ImportCsvCommand({ table: TABLE, source, schema })));
  } catch (cause) {
    // An earlier start has imported it.
    if (cause instanceof PenstockError && cause.code === 'import.duplicate') return [];
    throw cause;
  }
}

function receiptText({ source, table, imported, rows, rejected, errorTable, firstErrors }: ImportReceipt): string[] {
  const bad = rejected === 0 ? '.' : `; bad rows, also in ${errorTable}:`;
  const reasons = firstErrors.map(({ line, message }) => `  line ${line}: ${message}`);
  return ['', `Imported ${imported} of ${rows} rows of ${source} into ${table}${bad}`, ...reasons];
}

function linesOf(rows: readonly object[]): string[] {
  const texts = rows.map((row) => Object.values(row).map(String));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
