import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FollowChangesQuery } from '../../../application/event-pipelines/follow-changes.query.js';
import { type AlertList, ListAlertsQuery } from '../../../application/event-pipelines/list-alerts.query.js';
import type { WindowChangeView } from '../../../domain/event-pipelines/window-view.js';
import { Scope } from '../access/scope.js';
import { clientGone } from '../client-gone.js';
import { ApiProblems } from '../docs/api-problems.js';
import { answerEvents, EVENT_STREAM_TYPE, type ServerEvent } from '../event-stream.js';
import { AggregationPath, AlertsQuery, ChangesQuery } from './window-changes.dto.js';

const WINDOW = {
  aggregation: 'revenue',
  window_start: '2026-01-13T12:30:00.000Z',
  window_end: '2026-01-13T12:35:00.000Z',
  group: { country: 'FR' },
};

const ALERT = {
  alert: 'revenue_high',
  severity: 'warning',
  state: 'resolved',
  resolution: 'cleared',
  ...WINDOW,
  first_value: '100250',
  last_value: '99100',
  fired_at: '2026-01-13T12:34:12.000Z',
  changed_at: '2026-01-13T12:34:40.000Z',
  resolved_at: '2026-01-13T12:34:41.000Z',
};

const CHANGE = { ...WINDOW, value: '99100', events: 12, changed_at: '2026-01-13T12:34:40.000Z' };

@ApiTags('event-pipelines')
@Controller('pipelines')
export class WindowChangesController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':domain/alerts')
  @Scope('read')
  @ApiOperation({ summary: 'The windows for which alerts of a domain fire or fired, those that fired last first' })
  @ApiOkResponse({ schema: { example: { alerts: [ALERT], next: 'NDI' } } })
  @ApiProblems('pipeline.unknown', 'cursor.invalid', 'database.unreachable')
  alerts(@Param('domain') domain: string, @Query() filter: AlertsQuery): Promise<AlertList> {
    return this.queries.execute(new ListAlertsQuery(domain, filter));
  }

  @Get(':domain/aggregations/:name/changes')
  @Scope('read')
  @ApiOperation({
    summary: 'The windows of an aggregation as they change, as server-sent events, for an hour at most',
    description:
      'A client that comes again with `Last-Event-ID` misses nothing; what changed lately may be told twice.',
  })
  @ApiProduces(EVENT_STREAM_TYPE)
  @ApiOkResponse({ schema: { example: `id: ${CHANGE.changed_at}\nevent: window\ndata: ${JSON.stringify(CHANGE)}` } })
  @ApiProblems('pipeline.unknown', 'aggregation.unknown', 'warehouse.unreachable', 'database.unreachable')
  async changes(
    @Param() { domain, name: aggregation }: AggregationPath,
    @Query() { since }: ChangesQuery,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const sinceMs = momentOf(headers['last-event-id']) ?? momentOf(since);
    const signal = clientGone(reply);
    const wanted = { domain, aggregation, signal, ...(sinceMs !== undefined && { sinceMs }) };
    await answerEvents(reply, events(await this.queries.execute(new FollowChangesQuery(wanted))));
  }
}

function momentOf(text: string | string[] | undefined): number | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

async function* events(pages: AsyncIterable<readonly WindowChangeView[]>): AsyncGenerator<ServerEvent> {
  for await (const page of pages) {
    for (const change of page) yield { id: change.changed_at, event: 'window', data: change };
  }
  yield { event: 'end', data: {} };
}
