import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../docs/api-problems.js';
import { RegistryMediaType } from './registry-media-type.js';

/** What holds for all routes of the registry. */
export const RegistryRoutes = (): ClassDecorator =>
  applyDecorators(
    ApiTags('event-pipelines'),
    UseInterceptors(RegistryMediaType),
    ApiProblems('database.unreachable', 'database.busy'),
  );
