import { Module } from '@nestjs/common';
import { MigrationSets } from '../../domain/ports/migrations.port.js';
import { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import { TotalsPolicy } from '../../domain/sales-reporting/totals-policy.js';
import { CreateMonthlyPartitionsHandler } from './create-monthly-partitions.command.js';
import { ListPartitionsHandler } from './list-partitions.query.js';
import { MaintainPartitionsHandler } from './maintain-partitions.command.js';
import { PartitionTotals } from './partition-totals.js';

@Module({
  providers: [
    {
      provide: PartitionTotals,
      inject: [SalesTotals, MigrationSets, TotalsPolicy],
      useFactory: (totals: SalesTotals, migrations: MigrationSets, policy: TotalsPolicy): PartitionTotals =>
        new PartitionTotals(totals, migrations, policy),
    },
    CreateMonthlyPartitionsHandler,
    ListPartitionsHandler,
    MaintainPartitionsHandler,
  ],
})
export class PartitionsModule {}
