import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import {
  CreateMonthlyPartitionsCommand,
  type CreatePartitionsReceipt,
} from '../../../application/sales-reporting/create-monthly-partitions.command.js';
import { ListPartitionsQuery, type PartitionList } from '../../../application/sales-reporting/list-partitions.query.js';
import {
  MaintainPartitionsCommand,
  type MaintainReceipt,
} from '../../../application/sales-reporting/maintain-partitions.command.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { CREATED_EXAMPLE, MAINTAINED_EXAMPLE, PARTITIONS_EXAMPLE } from './partitions-examples.js';
import { CreatePartitionsBody, MaintainPartitionsBody } from './partitions.dto.js';

const PROBLEMS = [
  'identifier.invalid',
  'table.unknown',
  'table.unsuitable',
  'table.locked',
  'table.forbidden',
  'database.unreachable',
] as const;
const TABLE = { name: 'table', example: 'sales_report', description: 'With its schema, or without' };

@ApiTags('sales-reporting')
@Controller('partitions')
export class PartitionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get(':table')
  @Scope('read')
  @ApiOperation({ summary: 'The partitions of a table, and the days between them that have none' })
  @ApiParam(TABLE)
  @ApiOkResponse({ schema: { example: PARTITIONS_EXAMPLE } })
  @ApiProblems(...PROBLEMS)
  list(@Param('table') table: string): Promise<PartitionList> {
    return this.queries.execute(new ListPartitionsQuery(table));
  }

  @Post(':table/monthly')
  @HttpCode(200)
  @Scope('admin')
  @ApiOperation({ summary: 'Give every month of some years a partition; again, it does nothing more' })
  @ApiParam(TABLE)
  @ApiOkResponse({ schema: { example: CREATED_EXAMPLE } })
  @ApiProblems(...PROBLEMS, 'table.exists', 'rows.rejected')
  create(@Param('table') table: string, @Body() body: CreatePartitionsBody): Promise<CreatePartitionsReceipt> {
    const years = { start: body.start_year, end: body.end_year };
    return this.commands.execute(new CreateMonthlyPartitionsCommand(table, years, { dryRun: body.dry_run }));
  }

  @Post(':table/maintain')
  @HttpCode(200)
  @Scope('admin')
  @ApiOperation({ summary: 'Create the partitions of the months ahead, and detach or drop those that are old' })
  @ApiParam(TABLE)
  @ApiOkResponse({ schema: { example: MAINTAINED_EXAMPLE } })
  @ApiProblems(...PROBLEMS, 'table.exists', 'rows.rejected')
  maintain(@Param('table') table: string, @Body() body: MaintainPartitionsBody): Promise<MaintainReceipt> {
    const { premake, retain, drop, dry_run: dryRun } = body;
    return this.commands.execute(new MaintainPartitionsCommand(table, { premake, retain, drop, dryRun }));
  }
}
