import { Controller, Get, Headers, Query, Res, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DescribeObjectQuery } from '../../../application/warehouse-loading/describe-object.query.js';
import { type ObjectReading, ReadObjectQuery } from '../../../application/warehouse-loading/read-object.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { Scope } from '../access/scope.js';
import { attachment } from '../content-disposition.js';
import { ApiProblems } from '../docs/api-problems.js';
import { streamedFile } from '../streamed-file.js';
import { KeyQuery } from './object-requests.dto.js';

@ApiTags('warehouse-loading')
@Controller('s3')
export class ObjectDownloadController {
  constructor(private readonly queries: QueryBus) {}

  @Get('download')
  @Scope('read')
  @ApiHeader({ name: 'Range', required: false, example: 'bytes=0-1023' })
  @ApiHeader({ name: 'If-Range', required: false })
  @ApiHeader({ name: 'If-Match', required: false })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiOperation({ summary: 'The bytes of an object, or of a range of it' })
  @ApiProduces('application/octet-stream')
  @ApiResponse({ status: 200, description: 'The object', schema: { type: 'string', format: 'binary' } })
  @ApiResponse({ status: 206, description: 'The range that was asked for' })
  @ApiResponse({ status: 304, description: 'If-None-Match still holds' })
  @ApiProblems(
    'key.invalid',
    'object.unknown',
    'object.unmatched',
    'object.range',
    'object.archived',
    'bucket.unknown',
    'bucket.forbidden',
    'bucket.refused',
    'bucket.unreachable',
    'bucket.throttled',
  )
  async download(
    @Query() { key }: KeyQuery,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const reading = await this.read(key, headers, reply);
    reply.header('etag', reading.etag).header('accept-ranges', 'bytes').header('cache-control', 'private, no-cache');
    if (reading.isUnmodified) {
      reply.status(304);
      return undefined;
    }
    const { contentRange, contentEncoding, contentType = 'application/octet-stream', length } = reading;
    if (contentRange !== undefined) reply.status(206).header('content-range', contentRange);
    if (contentEncoding !== undefined) reply.header('content-encoding', contentEncoding);
    reply.header('last-modified', reading.lastModified.toUTCString());
    return streamedFile(reply, reading.body, { type: contentType, length, disposition: attachment(key) });
  }

  /** Where a range lies behind the end, the answer says where that is (RFC 9110, 15.5.17). */
  private async read(
    key: string,
    headers: Readonly<Record<string, string | undefined>>,
    reply: FastifyReply,
  ): Promise<ObjectReading> {
    const given = {
      range: headers['range'],
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      ifRange: headers['if-range'],
    };
    const conditions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    try {
      return await this.queries.execute(new ReadObjectQuery(key, conditions));
    } catch (error) {
      if (!(error instanceof PenstockError) || error.code !== 'object.range') throw error;
      const { size } = await this.queries.execute(new DescribeObjectQuery(key));
      if (size !== null) reply.header('content-range', `bytes */${size}`);
      throw error;
    }
  }
}
