import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Scope } from '../../access/scope.js';
import { RegistryRoutes } from './registry-route.js';

const CLUSTER = 'penstock';
const METADATA = { id: '', scope: { path: [], clusters: { 'schema-registry-cluster': CLUSTER } } };
/** The name of the one context there is. */
const CONTEXTS = ['.'];

/** What clients ask to see whether this is a registry, and of which kind. */
@RegistryRoutes()
@Scope('read')
@Controller('registry')
export class RegistryRootController {
  @Get()
  @ApiOperation({ summary: 'An empty object: this is a schema registry' })
  @ApiOkResponse({ schema: { example: {} } })
  root(): object {
    return {};
  }

  @Get('contexts')
  @ApiOperation({ summary: 'The contexts of the registry: one' })
  @ApiOkResponse({ schema: { example: CONTEXTS } })
  contexts(): string[] {
    return CONTEXTS;
  }

  @Get('v1/metadata/id')
  @ApiOperation({ summary: 'Which registry this is' })
  @ApiOkResponse({ schema: { example: METADATA } })
  metadata(): object {
    return METADATA;
  }
}
