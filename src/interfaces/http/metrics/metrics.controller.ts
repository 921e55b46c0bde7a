import { Controller, Get, Header } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { ReadMetricsQuery } from '../../../application/operation/read-metrics.query.js';
import { Public } from '../access/scope.js';

/** Open to everybody, as scrapers expect; holds counts only, and names of engines. */
@ApiTags('operation')
@Public()
@SkipThrottle()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Everything that is counted, in the text format of Prometheus' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' }, example: 'http_requests_in_flight 1\n' } } })
  show(): Promise<string> {
    return this.queries.execute(new ReadMetricsQuery());
  }
}
