import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { RemoveRegistryRuleCommand } from '../../../../application/event-pipelines/registry/remove-rule.command.js';
import { SetRegistryRulesCommand } from '../../../../application/event-pipelines/registry/set-rules.command.js';
import { ShowRegistryRulesQuery } from '../../../../application/event-pipelines/registry/show-rules.query.js';
import { PenstockError } from '../../../../domain/errors.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { compatibilityRequest, isTrue } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';
import { CompatibilityBody } from './registry.dto.js';

const SHOWN = { compatibilityLevel: 'BACKWARD' };
const SET = { compatibility: 'FULL' };

/** Compatibility levels. */
@RegistryRoutes()
@Controller('registry/config')
export class RegistryConfigController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The compatibility level of subjects that have none of their own' })
  @ApiOkResponse({ schema: { example: SHOWN } })
  async show(): Promise<object> {
    const { compatibility } = await this.queries.execute(new ShowRegistryRulesQuery(undefined, true));
    return { compatibilityLevel: compatibility };
  }

  @Put()
  @Scope('admin')
  @ApiOperation({ summary: 'Set the compatibility level of subjects that have none of their own' })
  @ApiBody({ type: CompatibilityBody })
  @ApiOkResponse({ schema: { example: SET } })
  @ApiProblems('registry.compatibility-invalid')
  set(@Body() body: unknown): Promise<object> {
    return this.commands.execute(new SetRegistryRulesCommand(undefined, compatibilityRequest(body), false));
  }

  @Delete()
  @Scope('admin')
  @ApiOperation({ summary: 'Take the compatibility level back to BACKWARD; answers the one there was' })
  @ApiOkResponse({ schema: { example: SHOWN } })
  async reset(): Promise<object> {
    const { compatibility } = await this.commands.execute(new RemoveRegistryRuleCommand(undefined, 'compatibility'));
    return { compatibilityLevel: compatibility };
  }

  @Get(':subject')
  @Scope('read')
  @ApiOperation({ summary: 'The compatibility level of a subject' })
  @ApiQuery({ name: 'defaultToGlobal', required: false, description: '`true`: what holds for it, its own or not' })
  @ApiOkResponse({ schema: { example: SHOWN } })
  @ApiProblems('registry.compatibility-unset')
  async showSubject(
    @Param('subject') subject: string,
    @Query('defaultToGlobal') defaultToGlobal?: string,
  ): Promise<object> {
    const { compatibility } = await this.queries.execute(new ShowRegistryRulesQuery(subject, isTrue(defaultToGlobal)));
    if (compatibility !== undefined) return { compatibilityLevel: compatibility };
    const message = `Subject '${subject}' does not have subject-level compatibility configured`;
    throw new PenstockError('registry.compatibility-unset', message);
  }

  @Put(':subject')
  @Scope('admin')
  @ApiOperation({ summary: 'Set the compatibility level of a subject' })
  @ApiBody({ type: CompatibilityBody })
  @ApiOkResponse({ schema: { example: SET } })
  @ApiProblems('registry.compatibility-invalid', 'subject.invalid')
  setSubject(@Param('subject') subject: string, @Body() body: unknown): Promise<object> {
    return this.commands.execute(new SetRegistryRulesCommand(subject, compatibilityRequest(body), false));
  }

  @Delete(':subject')
  @Scope('admin')
  @ApiOperation({ summary: 'Take the compatibility level of a subject back; answers the one there was' })
  @ApiOkResponse({ schema: { example: SHOWN } })
  @ApiProblems('subject.unknown')
  async resetSubject(@Param('subject') subject: string): Promise<object> {
    const { compatibility } = await this.commands.execute(new RemoveRegistryRuleCommand(subject, 'compatibility'));
    return { compatibilityLevel: compatibility };
  }
}
