import { InvalidArgumentError } from 'commander';
import { Option, type OptionMetadata } from 'nest-commander';
import type { ReportOrder } from '../../../application/sales-reporting/report-desk.js';
import { REPORT_ENGINES, type ReportEngine } from '../../../domain/sales-reporting/sales-report.js';
import { JSON_FLAGS } from '../answer.js';
import { parseWord } from '../parse-option.js';

/** What every report can be told. */
export interface ReportOptions {
  readonly table?: string;
  readonly start_date?: string;
  readonly startDate?: string;
  readonly end_date?: string;
  readonly endDate?: string;
  readonly engine?: ReportEngine;
  readonly raw?: boolean;
  readonly json?: boolean;
}

type Parser = (text: string) => unknown;

const OPTIONS: readonly (readonly [OptionMetadata, Parser])[] = [
  [{ flags: '-t, --table <table>', description: 'Table of sales (default: sales_report)' }, text],
  [{ flags: '-s, --start_date <day>', description: 'First day, YYYY-MM-DD (also --start-date)' }, text],
  [{ flags: '-e, --end_date <day>', description: 'Last day, YYYY-MM-DD (also --end-date)' }, text],
  [{ flags: '--engine <engine>', description: 'postgres or clickhouse (default: postgres)' }, engine],
  [{ flags: '--raw', description: 'From the rows themselves, whatever totals are kept' }, yes],
  [{ flags: JSON_FLAGS, description: 'Print JSON' }, yes],
];

/** Hyphens as well: the document's own flags have underscores, the habits of most people hyphens. */
const ALIASES: readonly (readonly [OptionMetadata, Parser])[] = [
  [{ flags: '--start-date <day>', description: 'The same as --start_date' }, text],
  [{ flags: '--end-date <day>', description: 'The same as --end_date' }, text],
];

/** Gives a command the options of a report, each read by a method of its class, as nest-commander wants it. */
export function WithReportOptions(): ClassDecorator {
  return ({ prototype }) => {
    for (const [index, [metadata, parse]] of [...OPTIONS, ...ALIASES].entries()) {
      const name = `parseReportOption${index}`;
      // A function of its own: what an option is, nest-commander notes on the function that reads it.
      const descriptor = { value: (given: string) => parse(given), writable: true, configurable: true };
      Object.defineProperty(prototype, name, descriptor);
      Option(metadata)(prototype as object, name, descriptor);
    }
  };
}

/** An option given in both spellings counts as the document writes it. */
export function reportOrder(options: ReportOptions): ReportOrder {
  const { table, engine: chosen, raw } = options;
  const [startDate, endDate] = [options.start_date ?? options.startDate, options.end_date ?? options.endDate];
  return { table, engine: chosen, startDate, endDate, fromRows: raw === true };
}

function text(given: string): string {
  if (given === '') throw new InvalidArgumentError('It is empty.');
  return given;
}

function engine(given: string): ReportEngine {
  return parseWord(given, REPORT_ENGINES);
}

function yes(): boolean {
  return true;
}
