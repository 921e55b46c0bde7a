import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { CheckCompatibilityQuery } from '../../../../application/event-pipelines/registry/check-compatibility.query.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { INCOMPATIBLE } from './registry-examples.js';
import { isTrue, schemaRequest } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';
import { SchemaBody } from './registry.dto.js';

@RegistryRoutes()
@Scope('read')
@Controller('registry/compatibility/subjects/:subject/versions')
export class RegistryCompatibilityController {
  constructor(private readonly queries: QueryBus) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether a schema is compatible with what the level of the subject asks for' })
  @ApiBody({ type: SchemaBody })
  @ApiQuery({ name: 'verbose', required: false, description: '`true`: with the reasons' })
  @ApiOkResponse({ schema: { example: INCOMPATIBLE } })
  @ApiProblems('schema.invalid')
  async check(
    @Param('subject') subject: string,
    @Body() body: unknown,
    @Query('verbose') verbose?: string,
  ): Promise<object> {
    const query = new CheckCompatibilityQuery(subject, schemaRequest(body, undefined));
    return verdictAnswer(await this.queries.execute(query), isTrue(verbose));
  }

  @Post(':version')
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether a schema is compatible with one version: its number, `latest` or -1' })
  @ApiBody({ type: SchemaBody })
  @ApiQuery({ name: 'verbose', required: false, description: '`true`: with the reasons' })
  @ApiOkResponse({ schema: { example: INCOMPATIBLE } })
  @ApiProblems('schema.invalid', 'subject.unknown', 'schema-version.unknown', 'schema-version.invalid')
  async checkVersion(
    @Param() { subject = '', version = '' }: Readonly<Record<string, string>>,
    @Body() body: unknown,
    @Query('verbose') verbose?: string,
  ): Promise<object> {
    const query = new CheckCompatibilityQuery(subject, schemaRequest(body, undefined), version);
    return verdictAnswer(await this.queries.execute(query), isTrue(verbose));
  }
}

function verdictAnswer(
  { isCompatible, messages }: { readonly isCompatible: boolean; readonly messages: readonly string[] },
  verbose: boolean,
): object {
  return { is_compatible: isCompatible, ...(verbose && { messages }) };
}
