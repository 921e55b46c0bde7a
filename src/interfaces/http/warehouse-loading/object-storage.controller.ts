import { Body, Controller, Delete, Get, Headers, HttpCode, Patch, Post, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  DescribeObjectQuery,
  type ObjectDescription,
} from '../../../application/warehouse-loading/describe-object.query.js';
import { ListObjectsQuery, type ObjectList } from '../../../application/warehouse-loading/list-objects.query.js';
import type { ObjectReceipt } from '../../../application/warehouse-loading/object-receipt.js';
import { PatchObjectCommand } from '../../../application/warehouse-loading/patch-object.command.js';
import {
  type PresignedObject,
  PresignObjectQuery,
} from '../../../application/warehouse-loading/presign-object.query.js';
import { PutObjectCommand, type PutMode } from '../../../application/warehouse-loading/put-object.command.js';
import {
  RemoveObjectCommand,
  type RemovedObject,
} from '../../../application/warehouse-loading/remove-object.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { mayUse } from '../../../domain/shared/scope.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { uploadedContent } from '../multipart.js';
import { StreamedBody } from '../streamed-body.js';
import {
  ABSENT_OBJECT_EXAMPLE,
  OBJECT_INFO_EXAMPLE,
  OBJECTS_EXAMPLE,
  PRESIGNED_EXAMPLE,
  RECEIPT_EXAMPLE,
} from './object-examples.js';
import { KeyQuery, ObjectsQuery, PatchQuery, PresignBody, UpdateQuery, UploadQuery } from './object-requests.dto.js';

const IF_MATCH = { name: 'If-Match', required: false, description: 'The ETag of the object that is meant' } as const;
const STORE_PROBLEMS = [
  'key.invalid',
  'bucket.unknown',
  'bucket.forbidden',
  'bucket.refused',
  'bucket.unreachable',
  'bucket.throttled',
] as const;
const WRITE_PROBLEMS = [...STORE_PROBLEMS, 'object.changed', 'object.too-large', 'bucket.unconditional'] as const;

/** Objects of one bucket, as the DWH Helper had them. Downloads stand apart. */
@ApiTags('warehouse-loading')
@Controller('s3')
export class ObjectStorageController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('objects')
  @Scope('read')
  @ApiOperation({ summary: 'Objects whose keys begin with a prefix, a page at a time' })
  @ApiOkResponse({ schema: { example: OBJECTS_EXAMPLE } })
  @ApiProblems('cursor.invalid', ...STORE_PROBLEMS)
  list(@Query() filter: ObjectsQuery): Promise<ObjectList> {
    return this.queries.execute(new ListObjectsQuery(filter));
  }

  @Get('object-info')
  @Scope('read')
  @ApiOperation({ summary: 'Whether there is an object, its size and what else is known of it' })
  @ApiOkResponse({
    content: {
      'application/json': {
        examples: { there: { value: OBJECT_INFO_EXAMPLE }, absent: { value: ABSENT_OBJECT_EXAMPLE } },
      },
    },
  })
  @ApiProblems(...STORE_PROBLEMS)
  describe(@Query() { key }: KeyQuery): Promise<ObjectDescription> {
    return this.queries.execute(new DescribeObjectQuery(key));
  }

  @Post('upload')
  @HttpCode(200)
  @Scope('load')
  @StreamedBody()
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: only where there is none' })
  @ApiOperation({ summary: 'Store a new object, as a form with one file or as the body itself, of any length' })
  @ApiOkResponse({ schema: { example: RECEIPT_EXAMPLE } })
  @ApiProblems('object.exists', 'object.unmatched', ...WRITE_PROBLEMS)
  async upload(
    @Req() request: FastifyRequest,
    @Query() { key, overwrite, content_type }: UploadQuery,
    @Headers('if-match') ifMatch?: string,
    @Headers('if-none-match') ifNoneMatch?: string,
  ): Promise<ObjectReceipt> {
    const mode = uploadMode({ overwrite, ifMatch, ifNoneMatch });
    if (mode !== 'create') requireWrite(request);
    const { content, contentType } = await uploadedContent(request);
    const object = { key, content, contentType: content_type ?? contentType };
    return this.commands.execute(new PutObjectCommand(object, mode, ifMatch));
  }

  @Put('update')
  @Scope('write')
  @StreamedBody()
  @ApiHeader(IF_MATCH)
  @ApiOperation({ summary: 'Replace an object that is there' })
  @ApiOkResponse({ schema: { example: RECEIPT_EXAMPLE } })
  @ApiProblems('object.unknown', 'object.unmatched', ...WRITE_PROBLEMS)
  async update(
    @Req() request: FastifyRequest,
    @Query() { key, content_type }: UpdateQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<ObjectReceipt> {
    requireNoneMatchLeftOut(request);
    const { content, contentType } = await uploadedContent(request);
    const object = { key, content, contentType: content_type ?? contentType };
    return this.commands.execute(new PutObjectCommand(object, 'update', ifMatch));
  }

  @Patch('patch')
  @Scope('write')
  @StreamedBody()
  @ApiHeader(IF_MATCH)
  @ApiOperation({ summary: 'Replace bytes of an object from an offset on, atomically; the rest of it does not travel' })
  @ApiOkResponse({ schema: { example: RECEIPT_EXAMPLE } })
  @ApiProblems('object.unknown', 'object.unmatched', 'object.gap', ...WRITE_PROBLEMS)
  async patch(
    @Req() request: FastifyRequest,
    @Query() { key, offset, retries }: PatchQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<ObjectReceipt> {
    requireNoneMatchLeftOut(request);
    const { content } = await uploadedContent(request);
    return this.commands.execute(new PatchObjectCommand({ key, offset, content, ifMatch, retries }));
  }

  @Delete('delete')
  @Scope('write')
  @ApiHeader(IF_MATCH)
  @ApiOperation({ summary: 'Remove an object' })
  @ApiOkResponse({ schema: { example: { key: 'path/to/file', deleted: true } } })
  @ApiProblems('object.unknown', 'object.unmatched', ...STORE_PROBLEMS)
  remove(@Query() { key }: KeyQuery, @Headers('if-match') ifMatch?: string): Promise<RemovedObject> {
    return this.commands.execute(new RemoveObjectCommand(key, ifMatch));
  }

  @Post('presign')
  @HttpCode(200)
  @Scope('write')
  @ApiOperation({
    summary: 'A URL to download or upload one object at the store itself, without a key of this service',
  })
  @ApiOkResponse({ schema: { example: PRESIGNED_EXAMPLE } })
  @ApiProblems(...STORE_PROBLEMS)
  presign(@Body() { key, method, expires_in }: PresignBody): Promise<PresignedObject> {
    return this.queries.execute(new PresignObjectQuery(key, method ?? undefined, expires_in ?? undefined));
  }
}

/** Nobody may believe in a condition that is not looked at. */
function requireNoneMatchLeftOut({ headers }: FastifyRequest): void {
  if (headers['if-none-match'] === undefined) return;
  throw new PenstockError('request.invalid', 'What changes an object that is there takes If-Match, not If-None-Match.');
}

interface UploadConditions {
  readonly overwrite: 'true' | 'false' | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

function uploadMode({ overwrite, ifMatch, ifNoneMatch }: UploadConditions): PutMode {
  if (ifNoneMatch !== undefined && (ifNoneMatch.trim() !== '*' || ifMatch !== undefined))
    throw new PenstockError('request.invalid', 'If-None-Match of an upload is "*", which nothing may be there for.');
  if (ifNoneMatch !== undefined) return 'create';
  if (ifMatch !== undefined && overwrite !== 'true')
    throw new PenstockError('request.invalid', 'To replace the object of If-Match, say overwrite=true.');
  return overwrite === 'true' ? 'replace' : 'create';
}

/** Bringing something in is one right, taking something away by that another. */
function requireWrite({ caller }: FastifyRequest): void {
  if (caller !== undefined && !(caller instanceof PenstockError) && mayUse(caller, 'write')) return;
  throw new PenstockError('scope.missing', 'To overwrite an object, the key needs the scope "write".');
}
