import { Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  PublishEventsCommand,
  type PublishReceipt,
} from '../../../application/event-pipelines/publish-events.command.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { idempotencyKeyOf } from '../idempotency-key.js';
import { EVENT_BODY_EXAMPLES, PARTLY_EXAMPLE, SENT_EXAMPLE } from './event-examples.js';
import { EventsTarget } from './events.dto.js';

const MULTI_STATUS = 207;

/** Events of domains, published to their streams. */
@ApiTags('event-pipelines')
@Controller('events')
export class EventsController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':event_type')
  @Scope('load')
  @ApiOperation({
    summary: 'Publish events of one type: each checked by its schema, keyed by its entity, sent as Avro',
    description:
      'One event, or `{"events": [...]}`. `event_id` and `timestamp` are filled in where they are missing. 200: every event is acknowledged by its stream; 207: some are, `outcomes` tells which; else a problem. Only what `failed` is worth sending again.',
  })
  @ApiBody({ schema: { type: 'object' }, examples: EVENT_BODY_EXAMPLES })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key gives events without id the same ids, so that consumers know them again',
  })
  @ApiOkResponse({ description: 'Every event is in its stream', schema: { example: SENT_EXAMPLE } })
  @ApiResponse({
    status: MULTI_STATUS,
    description: 'Some events are in their stream',
    schema: { example: PARTLY_EXAMPLE },
  })
  @ApiProblems(
    'event-type.unknown',
    'event.invalid',
    'event.undelivered',
    'producer.full',
    'stream.unreachable',
    'stream.throttled',
    'stream.forbidden',
  )
  async publish(
    @Param('event_type') eventType: string,
    @Query() { domain }: EventsTarget,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublishReceipt> {
    const idempotencyKey = idempotencyKeyOf(request);
    const receipt = await this.commands.execute(
      new PublishEventsCommand({
        eventType,
        ...eventsOf(request.body),
        ...(domain !== undefined && { domain }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      }),
    );
    reply.status(receipt.sent === receipt.outcomes.length ? 200 : MULTI_STATUS);
    return receipt;
  }
}

/** A body of nothing but `events` is a list of them, any other one is an event. */
function eventsOf(body: unknown): { events: readonly unknown[]; place: (index: number) => string } {
  const isObject = typeof body === 'object' && body !== null;
  const names = isObject ? Object.keys(body) : [];
  if (isObject && 'events' in body && names.length === 1 && Array.isArray(body.events)) {
    return { events: body.events, place: (index) => `events.${index}` };
  }
  return { events: [body], place: () => '' };
}
