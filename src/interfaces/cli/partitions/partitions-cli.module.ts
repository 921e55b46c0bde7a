import { Module } from '@nestjs/common';
import { CreateMonthlyPartitionsCli } from './create-monthly-partitions.cli.js';
import { MaintainPartitionsCli } from './maintain-partitions.cli.js';

@Module({ providers: [CreateMonthlyPartitionsCli] })
export class CreateMonthlyPartitionsCliModule {}

@Module({ providers: [MaintainPartitionsCli] })
export class MaintainPartitionsCliModule {}
