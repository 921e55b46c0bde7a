import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { type NewPartition, type PartitionedTable, TablePartitions } from '../../domain/ports/table-partitions.port.js';
import { addMonths, type Day, dayOf, firstOfMonth } from '../../domain/sales-reporting/calendar.js';
import { partitionName } from '../../domain/sales-reporting/partition-name.js';
import {
  agedPartitions,
  type MonthRange,
  type Overlap,
  planMonths,
} from '../../domain/sales-reporting/plan-partitions.js';
import { nameText, parseQualifiedName, type QualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import { PartitionTotals, type TotalsOutcome } from './partition-totals.js';

export interface MaintainOptions {
  /** Months to have partitions for besides the present one; left out: 3. */
  readonly premake?: number | undefined;
  /** Months to keep before the present one; left out: all. */
  readonly retain?: number | undefined;
  /** Drop what is older, instead of leaving it as tables of their own. */
  readonly drop?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface MaintainReceipt {
  readonly table: string;
  readonly created: readonly NewPartition[];
  readonly detached: readonly string[];
  readonly dropped: readonly string[];
  readonly overlaps: readonly Overlap[];
  readonly gaps: readonly MonthRange[];
  /** Rows lie in the default partition; `create-monthly-partitions` of their years gives them a place. */
  readonly hasStrays: boolean;
  readonly dryRun: boolean;
  readonly totals: TotalsOutcome;
}

export const DEFAULT_PREMAKE = 3;

/** Keep a table's partitions ahead of time, and let go of old ones. Made to be run every day, by whatever runs things. */
export class MaintainPartitionsCommand extends Command<MaintainReceipt> {
  constructor(
    readonly table: string,
    readonly options: MaintainOptions = {},
  ) {
    super();
  }
}

@CommandHandler(MaintainPartitionsCommand)
export class MaintainPartitionsHandler implements ICommandHandler<MaintainPartitionsCommand> {
  constructor(
    private readonly partitions: TablePartitions,
    private readonly totals: PartitionTotals,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async execute({ table, options }: MaintainPartitionsCommand): Promise<MaintainReceipt> {
    const { premake = DEFAULT_PREMAKE, drop = false, dryRun = false } = options;
    const name = parseQualifiedName(table);
    const month = firstOfMonth(dayOf(this.clock.nowMs()));
    const ahead = { from: month, until: addMonths(month, premake + 1) };
    const { plan, created } = dryRun
      ? await this.plan(name, ahead)
      : await this.partitions.create(name, (existing) => planMonths(existing, ahead));
    const found = await this.partitions.describe(name);
    const retired = await this.retire(found, month, options);
    if (!dryRun) this.count({ created: created.length, [drop ? 'dropped' : 'detached']: retired.length });
    return {
      table: nameText(found.name),
      created,
      detached: drop ? [] : retired,
      dropped: drop ? retired : [],
      overlaps: plan.overlaps,
      gaps: plan.gaps,
      hasStrays: found.hasStrays,
      dryRun,
      totals: dryRun ? 'none' : await this.totals.follow(found.name),
    };
  }

  /** @returns the names of those that are gone, or would be */
  private async retire(table: PartitionedTable, month: Day, options: MaintainOptions): Promise<string[]> {
    const { retain, drop = false, dryRun = false } = options;
    if (retain === undefined) return [];
    const aged = agedPartitions(table.partitions, { month, keep: retain }).map(({ name }) => name);
    if (dryRun) return aged;
    const retired: string[] = [];
    for (const partition of aged) {
      if (await this.partitions.retire(table.name, partition, { drop })) retired.push(partition);
    }
    return retired;
  }

  private async plan(table: QualifiedName, ahead: MonthRange) {
    const { name, partitions } = await this.partitions.describe(table);
    const plan = planMonths(partitions, ahead);
    const created = plan.create.map((range) => ({ name: partitionName(name.table, range.from), ...range, moved: 0 }));
    return { plan, created };
  }

  private count(changes: Readonly<Record<string, number>>): void {
    for (const [change, number] of Object.entries(changes)) {
      this.metrics.count('penstock_partitions_changed_total', { change }, number);
    }
  }
}
