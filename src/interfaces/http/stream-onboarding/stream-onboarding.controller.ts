import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AuthenticateCommand,
  type Authenticated,
} from '../../../application/stream-onboarding/authenticate.command.js';
import {
  CreateStreamTableCommand,
  type StreamTableReceipt,
} from '../../../application/stream-onboarding/create-stream-table.command.js';
import { ListStreamsQuery } from '../../../application/stream-onboarding/list-streams.query.js';
import { SampleStreamQuery, type StreamSample } from '../../../application/stream-onboarding/sample-stream.query.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { SESSION_HEADER, sessionOf, setSessionCookie } from './caller-session.js';
import { AUTHENTICATED_EXAMPLE, SAMPLE_EXAMPLE, TABLE_EXAMPLE } from './onboarding-examples.js';
import { AuthenticateBody, CreateTableBody, SampleBody } from './onboarding-requests.dto.js';

const ApiSession = (): MethodDecorator =>
  ApiHeader({
    name: SESSION_HEADER,
    required: false,
    description: "`session` of /api/authenticate, unless its cookie is sent. Neither: the service's own AWS identity",
  });

@ApiTags('stream-onboarding')
@Controller('api')
export class StreamOnboardingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('authenticate')
  @HttpCode(200)
  @Scope('read')
  @ApiOperation({ summary: 'Check AWS credentials and hold them for one session' })
  @ApiOkResponse({ schema: { example: AUTHENTICATED_EXAMPLE } })
  @ApiProblems('credentials.refused', 'stream.forbidden', 'stream.unreachable')
  async authenticate(
    @Body() body: AuthenticateBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Authenticated> {
    const { accessKey, secretKey, sessionToken, region } = body;
    const optional = { ...(sessionToken !== undefined && { sessionToken }), ...(region !== undefined && { region }) };
    const answer = await this.commands.execute(new AuthenticateCommand({ accessKey, secretKey, ...optional }));
    setSessionCookie(request, reply, answer.session, answer.expiresAt);
    return answer;
  }

  @Get('streams')
  @Scope('read')
  @ApiSession()
  @ApiOperation({ summary: 'Names of the streams' })
  @ApiOkResponse({ schema: { example: { streamNames: ['MyKinesisDataStream'] } } })
  @ApiProblems('session.missing', 'stream.forbidden', 'stream.unreachable')
  streams(@Req() request: FastifyRequest): Promise<{ streamNames: string[] }> {
    return this.queries.execute(new ListStreamsQuery(sessionOf(request)));
  }

  @Post('kinesis-sample')
  @HttpCode(200)
  @Scope('read')
  @ApiSession()
  @ApiOperation({ summary: 'Look at events of every shard, and propose a table for them' })
  @ApiOkResponse({ schema: { example: SAMPLE_EXAMPLE } })
  @ApiProblems(
    'session.missing',
    'stream.unknown',
    'stream.empty',
    'stream.forbidden',
    'schema.invalid',
    'stream.unreachable',
  )
  sample(@Body() { streamName, ...options }: SampleBody, @Req() request: FastifyRequest): Promise<StreamSample> {
    return this.queries.execute(new SampleStreamQuery(streamName, options, sessionOf(request)));
  }

  @Post('create-table')
  @HttpCode(200)
  @Scope('load')
  @ApiSession()
  @ApiOperation({ summary: 'Create a table for a stream and copy the stream into it from then on' })
  @ApiOkResponse({ schema: { example: TABLE_EXAMPLE } })
  @ApiProblems(
    'session.missing',
    'stream.unknown',
    'stream.forbidden',
    'table.exists',
    'database.unknown',
    'identifier.invalid',
    'schema.invalid',
    'stream.unreachable',
    'store.unreachable',
    'warehouse.unreachable',
  )
  createTable(@Body() body: CreateTableBody, @Req() request: FastifyRequest): Promise<StreamTableReceipt> {
    return this.commands.execute(new CreateStreamTableCommand(body, sessionOf(request)));
  }
}
