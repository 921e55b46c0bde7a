import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ShowSalesBreakdownQuery } from '../../../application/sales-reporting/show-sales-breakdown.query.js';
import { ShowSalesSummaryQuery } from '../../../application/sales-reporting/show-sales-summary.query.js';
import { ShowTopProductsQuery } from '../../../application/sales-reporting/show-top-products.query.js';
import {
  BREAKDOWN_COLUMNS,
  SUMMARY_COLUMNS,
  TOP_PRODUCT_COLUMNS,
} from '../../../domain/sales-reporting/sales-report.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { BREAKDOWN_ANSWER, NOT_MODIFIED, SUMMARY_ANSWER, TOP_PRODUCTS_ANSWER } from './reports-examples.js';
import { BreakdownQuery, ReportQuery, TopProductsQuery } from './reports.dto.js';
import { orderOf, sendReport } from './report-reply.js';

const PROBLEMS = [
  'identifier.invalid',
  'table.unknown',
  'table.unsuitable',
  'table.locked',
  'table.forbidden',
  'query.timeout',
  'database.unreachable',
  'warehouse.unreachable',
] as const;

@ApiTags('sales-reporting')
@Controller('reports')
@Scope('read')
export class ReportsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('monthly-sales-summary')
  @ApiOperation({ summary: 'Revenue and quantity of each month; money as exact decimals' })
  @ApiOkResponse(SUMMARY_ANSWER)
  @ApiNotModifiedResponse(NOT_MODIFIED)
  @ApiProblems(...PROBLEMS)
  async summary(
    @Query() query: ReportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.queries.execute(new ShowSalesSummaryQuery(orderOf(query, request)));
    await sendReport(request, reply, { answer, columns: SUMMARY_COLUMNS, name: 'monthly-sales-summary' });
  }

  @Get('monthly-sales-breakdown')
  @ApiOperation({ summary: 'Revenue and quantity of each month, product name and region, in this order' })
  @ApiOkResponse(BREAKDOWN_ANSWER)
  @ApiNotModifiedResponse(NOT_MODIFIED)
  @ApiProblems(...PROBLEMS, 'cursor.invalid')
  async breakdown(
    @Query() query: BreakdownQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { product, region, limit, cursor } = query;
    const order = { ...orderOf(query, request), product, region, limit, cursor };
    const answer = await this.queries.execute(new ShowSalesBreakdownQuery(order));
    await sendReport(request, reply, { answer, columns: BREAKDOWN_COLUMNS, name: 'monthly-sales-breakdown' });
  }

  @Get('top-5-by-revenue')
  @ApiOperation({ summary: 'The five products with the highest revenue' })
  @ApiOkResponse(TOP_PRODUCTS_ANSWER)
  @ApiNotModifiedResponse(NOT_MODIFIED)
  @ApiProblems(...PROBLEMS)
  async topProducts(
    @Query() query: TopProductsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const order = { ...orderOf(query, request), ties: query.ties };
    const answer = await this.queries.execute(new ShowTopProductsQuery(order));
    await sendReport(request, reply, { answer, columns: TOP_PRODUCT_COLUMNS, name: 'top-5-by-revenue' });
  }
}
