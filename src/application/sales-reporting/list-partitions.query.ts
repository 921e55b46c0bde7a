import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { TablePartitions } from '../../domain/ports/table-partitions.port.js';
import { type KnownPartition, type MonthRange, planMonths } from '../../domain/sales-reporting/plan-partitions.js';
import { nameText, parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';

export interface PartitionList {
  readonly table: string;
  readonly keyColumn: string;
  readonly keyType: string;
  readonly partitions: readonly KnownPartition[];
  readonly gaps: readonly MonthRange[];
  readonly defaultPartition?: string;
  readonly hasStrays: boolean;
}

/** The partitions of a table, and the days between them that have none. */
export class ListPartitionsQuery extends Query<PartitionList> {
  constructor(readonly table: string) {
    super();
  }
}

@QueryHandler(ListPartitionsQuery)
export class ListPartitionsHandler implements IQueryHandler<ListPartitionsQuery> {
  constructor(private readonly partitions: TablePartitions) {}

  async execute({ table }: ListPartitionsQuery): Promise<PartitionList> {
    const { name, partitions, ...rest } = await this.partitions.describe(parseQualifiedName(table));
    const { gaps } = planMonths(partitions, { from: '', until: '' });
    const inOrder = partitions.toSorted((one, other) => ((one.from ?? '') < (other.from ?? '') ? -1 : 1));
    return { table: nameText(name), ...rest, partitions: inOrder, gaps };
  }
}
