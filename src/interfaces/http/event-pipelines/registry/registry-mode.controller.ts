import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { RemoveRegistryRuleCommand } from '../../../../application/event-pipelines/registry/remove-rule.command.js';
import { SetRegistryRulesCommand } from '../../../../application/event-pipelines/registry/set-rules.command.js';
import { ShowRegistryRulesQuery } from '../../../../application/event-pipelines/registry/show-rules.query.js';
import { PenstockError } from '../../../../domain/errors.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { isTrue, modeRequest } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';
import { ModeBody } from './registry.dto.js';

const EXAMPLE = { mode: 'READWRITE' };

@RegistryRoutes()
@Controller('registry/mode')
export class RegistryModeController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The mode of the registry' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  async show(): Promise<object> {
    const { mode } = await this.queries.execute(new ShowRegistryRulesQuery(undefined, true));
    return { mode };
  }

  @Put()
  @Scope('admin')
  @ApiOperation({ summary: 'Set the mode of the registry' })
  @ApiBody({ type: ModeBody })
  @ApiQuery({ name: 'force', required: false, description: '`true`: IMPORT also where there are schemas' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  @ApiProblems('registry.mode-invalid', 'registry.read-only')
  set(@Body() body: unknown, @Query('force') force?: string): Promise<object> {
    return this.commands.execute(new SetRegistryRulesCommand(undefined, modeRequest(body), isTrue(force)));
  }

  @Delete()
  @Scope('admin')
  @ApiOperation({ summary: 'Take the mode of the registry back to READWRITE; answers the one there was' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  async reset(): Promise<object> {
    const { mode } = await this.commands.execute(new RemoveRegistryRuleCommand(undefined, 'mode'));
    return { mode };
  }

  @Get(':subject')
  @Scope('read')
  @ApiOperation({ summary: 'The mode of a subject' })
  @ApiQuery({ name: 'defaultToGlobal', required: false, description: '`true`: what holds for it, its own or not' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  @ApiProblems('registry.mode-unset')
  async showSubject(
    @Param('subject') subject: string,
    @Query('defaultToGlobal') defaultToGlobal?: string,
  ): Promise<object> {
    const { mode } = await this.queries.execute(new ShowRegistryRulesQuery(subject, isTrue(defaultToGlobal)));
    if (mode !== undefined) return { mode };
    const message = `Subject '${subject}' does not have subject-level mode configured`;
    throw new PenstockError('registry.mode-unset', message);
  }

  @Put(':subject')
  @Scope('admin')
  @ApiOperation({ summary: 'Set the mode of a subject' })
  @ApiBody({ type: ModeBody })
  @ApiQuery({ name: 'force', required: false, description: '`true`: IMPORT also where there are schemas' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  @ApiProblems('registry.mode-invalid', 'registry.read-only', 'subject.invalid')
  setSubject(
    @Param('subject') subject: string,
    @Body() body: unknown,
    @Query('force') force?: string,
  ): Promise<object> {
    return this.commands.execute(new SetRegistryRulesCommand(subject, modeRequest(body), isTrue(force)));
  }

  @Delete(':subject')
  @Scope('admin')
  @ApiOperation({ summary: 'Take the mode of a subject back; answers the one there was' })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  @ApiProblems('subject.unknown')
  async resetSubject(@Param('subject') subject: string): Promise<object> {
    const { mode } = await this.commands.execute(new RemoveRegistryRuleCommand(subject, 'mode'));
    return { mode };
  }
}
