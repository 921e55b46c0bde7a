import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/scope.js';
import { HttpOptions } from '../http-options.js';
import { Readiness } from './readiness.js';

const READY = {
  status: 'ok',
  info: { clickhouse: { status: 'up', responseTime: 3 } },
  error: {},
  details: { clickhouse: { status: 'up', responseTime: 3 } },
};
const DOWN = { status: 'down', message: 'ClickHouse does not accept connections.', responseTime: 900 };
const NOT_READY = { status: 'error', info: {}, error: { clickhouse: DOWN }, details: { clickhouse: DOWN } };

const ok = (example: object): MethodDecorator => ApiOkResponse({ schema: { type: 'object', example } });
const unavailable = (example: object): MethodDecorator =>
  ApiServiceUnavailableResponse({
    description: 'Something does not work, or the service is stopping.',
    schema: { type: 'object', example },
  });

/** For load balancers and orchestrators; open to everybody, since they have no keys. */
@ApiTags('operation')
@Public()
@SkipThrottle()
@Controller('health')
export class HealthController {
  private hasStarted = false;

  constructor(
    private readonly readiness: Readiness,
    private readonly options: HttpOptions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether the service answers, and which version' })
  @ok({ status: 'ok', title: 'Penstock', version: '0.1.0' })
  show(): object {
    return { status: 'ok', title: this.options.title, version: this.options.version };
  }

  @Get('live')
  @ApiOperation({ summary: 'Whether the process works; if not, restart it' })
  @ok({ status: 'ok' })
  live(): object {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether every engine works, by name, with latency and reason; if not, send no requests' })
  @ok(READY)
  @unavailable(NOT_READY)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return withStatus(reply, await this.readiness.check());
  }

  @Get('startup')
  @ApiOperation({ summary: 'Whether every engine has worked at least once since the start' })
  @ok(READY)
  @unavailable(NOT_READY)
  async startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    if (this.hasStarted) return { status: 'ok' };
    const result = await this.readiness.check();
    this.hasStarted = result.status === 'ok';
    return withStatus(reply, result);
  }
}

function withStatus(reply: FastifyReply, result: HealthCheckResult): HealthCheckResult {
  void reply.status(result.status === 'ok' ? 200 : 503).header('cache-control', 'no-store');
  return result;
}
