import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Fault, PenstockError } from '../../domain/errors.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { type NewPartition, TablePartitions } from '../../domain/ports/table-partitions.port.js';
import { partitionName } from '../../domain/sales-reporting/partition-name.js';
import {
  type MonthRange,
  monthsOfYears,
  type Overlap,
  planMonths,
} from '../../domain/sales-reporting/plan-partitions.js';
import { nameText, parseQualifiedName, type QualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import { PartitionTotals, type TotalsOutcome } from './partition-totals.js';

export interface CreatePartitionsReceipt {
  /** With its schema. */
  readonly table: string;
  /** Those that were created; in a dry run, that would be. */
  readonly created: readonly NewPartition[];
  /** Months that had their partitions already. */
  readonly existing: readonly string[];
  /** Months that could not get one. */
  readonly overlaps: readonly Overlap[];
  /** Days between the first partition and the last that have none. */
  readonly gaps: readonly MonthRange[];
  readonly dryRun: boolean;
  readonly totals: TotalsOutcome;
}

/** More at once are a typing error rather than a wish. */
export const MOST_YEARS = 100;
const [FIRST_YEAR, LAST_YEAR] = [1, 9998];

/** Give every month of some years, both ends included, a partition; run again, it does nothing more. */
export class CreateMonthlyPartitionsCommand extends Command<CreatePartitionsReceipt> {
  constructor(
    readonly table: string,
    readonly years: { readonly start: number; readonly end: number },
    readonly options: { readonly dryRun?: boolean | undefined } = {},
  ) {
    super();
  }
}

@CommandHandler(CreateMonthlyPartitionsCommand)
export class CreateMonthlyPartitionsHandler implements ICommandHandler<CreateMonthlyPartitionsCommand> {
  constructor(
    private readonly partitions: TablePartitions,
    private readonly totals: PartitionTotals,
    private readonly metrics: Metrics,
  ) {}

  async execute({ table, years, options }: CreateMonthlyPartitionsCommand): Promise<CreatePartitionsReceipt> {
    checkYears(years.start, years.end);
    const name = parseQualifiedName(table);
    if (options.dryRun === true) return this.plan(name, years);
    const parts = [];
    // One transaction a year: each partition takes locks, of which a server has a few thousand.
    for (let year = years.start; year <= years.end; year += 1) {
      parts.push(await this.partitions.create(name, (existing) => planMonths(existing, monthsOfYears(year, year))));
    }
    const created = parts.flatMap((part) => part.created);
    this.metrics.count('penstock_partitions_changed_total', { change: 'created' }, created.length);
    const { name: found } = await this.partitions.describe(name);
    return {
      table: nameText(found),
      created,
      existing: parts.flatMap(({ plan }) => plan.existing),
      overlaps: parts.flatMap(({ plan }) => plan.overlaps),
      gaps: parts.at(-1)?.plan.gaps ?? [],
      dryRun: false,
      totals: await this.totals.follow(found),
    };
  }

  private async plan(name: QualifiedName, years: { start: number; end: number }): Promise<CreatePartitionsReceipt> {
    const found = await this.partitions.describe(name);
    const { create, ...plan } = planMonths(found.partitions, monthsOfYears(years.start, years.end));
    const created = create.map((range) => ({ name: partitionName(found.name.table, range.from), ...range, moved: 0 }));
    return { table: nameText(found.name), created, ...plan, dryRun: true, totals: 'none' };
  }
}

function checkYears(start: number, end: number): void {
  const isYear = (year: number): boolean => Number.isInteger(year) && year >= FIRST_YEAR && year <= LAST_YEAR;
  const faults: Fault[] = [
    ...(isYear(start) ? [] : [{ path: 'start_year', message: `must be a year from ${FIRST_YEAR} to ${LAST_YEAR}` }]),
    ...(isYear(end) ? [] : [{ path: 'end_year', message: `must be a year from ${FIRST_YEAR} to ${LAST_YEAR}` }]),
    ...(end < start ? [{ path: 'end_year', message: 'must not be before start_year' }] : []),
    ...(end - start >= MOST_YEARS
      ? [{ path: 'end_year', message: `must be less than ${MOST_YEARS} years later` }]
      : []),
  ];
  if (faults.length > 0) throw new PenstockError('request.invalid', 'The years are not right.', { faults });
}
