import { Module } from '@nestjs/common';
import { IdentifyCallerHandler } from './identify-caller.query.js';
import { ListHealthProbesHandler } from './list-health-probes.query.js';
import { ReadMetricsHandler } from './read-metrics.query.js';

/** What the running of the service needs, whatever capabilities it has. */
@Module({ providers: [IdentifyCallerHandler, ListHealthProbesHandler, ReadMetricsHandler] })
export class OperationModule {}
