import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, Module, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import type { FastifyReply } from 'fastify';
import { IsArray, IsIn, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import type { Capability } from '../../src/capabilities.js';
import { type ErrorCode, ERROR_KINDS, PenstockError } from '../../src/domain/errors.js';
import { HealthProbes } from '../../src/domain/ports/health-probe.port.js';
import { Log } from '../../src/domain/ports/log.port.js';
import { Public, Scope } from '../../src/interfaces/http/access/scope.js';
import { ApiProblems } from '../../src/interfaces/http/docs/api-problems.js';

class TrialColumn {
  @ApiProperty({ example: 'user_id' })
  @IsString()
  name!: string;

  @ApiProperty({ example: 'String' })
  @IsString()
  type!: string;
}

class TrialBody {
  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  size!: number;

  @ApiProperty({ type: [TrialColumn] })
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => TrialColumn)
  schema!: TrialColumn[];
}

class FailQuery {
  @ApiProperty({ example: 'stream.empty' })
  @IsIn(Object.keys(ERROR_KINDS))
  code!: ErrorCode;
}

/** Lets a test hold a request in flight. */
export const gate = { open: (): void => undefined, entered: Promise.resolve(), enter: (): void => undefined };

@Scope('read')
@Controller('trial')
class TrialController {
  constructor(private readonly log: Log) {}

  @Get()
  read(): object {
    this.log.info('A handler said something.', { apiKey: 'k-123', nested: { secretKey: 's-456' }, rows: 3 });
    return { read: true };
  }

  @Scope('write')
  @ApiProblems('stream.empty', 'stream.unknown')
  @Post()
  write(@Body() body: TrialBody): object {
    this.log.info('After the body.');
    return { columns: body.schema.length };
  }

  @Scope('admin')
  @Delete()
  remove(): object {
    return { removed: true };
  }

  @Get('fail')
  fail(@Query() { code }: FailQuery): never {
    throw new PenstockError(code, `It is ${code}.`, { retryAfterMs: 1500, cause: new Error('driver words: row 42') });
  }

  @Get('defect')
  defect(): never {
    throw new Error('SELECT secret FROM customers');
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(endless()), { type: 'application/x-ndjson' });
  }

  @Get('broken-stream')
  brokenStream(): StreamableFile {
    return new StreamableFile(Readable.from(breaking()), { type: 'application/x-ndjson' });
  }

  @Get('half')
  async half(@Res() reply: FastifyReply): Promise<never> {
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(`{"n":1}\n`);
    await sleep(20); // until the beginning is on its way
    throw new PenstockError('warehouse.unreachable', 'ClickHouse went away.');
  }

  @Public()
  @Get('slow')
  async slow(): Promise<object> {
    const opened = new Promise<void>((resolve) => (gate.open = resolve));
    gate.enter();
    await opened;
    return { slow: true };
  }
}

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    yield `{"n":1}\n`.repeat(1000);
    await sleep(1);
  }
}

async function* breaking(): AsyncGenerator<string> {
  yield `{"n":1}\n`;
  await sleep(20);
  throw new PenstockError('warehouse.unreachable', 'ClickHouse went away.');
}

@Module({ controllers: [TrialController] })
class TrialHttpModule {}

/** What the engine behind the trial's probe does. */
export const engine: { check: (signal: AbortSignal) => Promise<void>; checks: number } = {
  check: async () => {},
  checks: 0,
};

@Module({})
class TrialModule {
  constructor(probes: HealthProbes) {
    probes.register({
      name: 'trial-engine',
      check: (signal) => {
        engine.checks += 1;
        return engine.check(signal);
      },
    });
  }
}

/** Routes and a probe that show what the frame does for every capability. */
export const TRIAL: Capability = {
  name: 'trial',
  handlers: async () => [TrialModule],
  http: async () => [TrialHttpModule],
};
