import { Module } from '@nestjs/common';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import { EventConnectors } from '../../domain/ports/event-connectors.port.js';
import { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { StreamTables } from '../../domain/ports/stream-tables.port.js';
import { DeployPipelineHandler } from './deploy-pipeline.command.js';
import { ListLateEventsHandler } from './list-late-events.query.js';
import { ListPipelinesHandler } from './list-pipelines.query.js';
import { ListWindowsHandler } from './list-windows.query.js';
import { PipelinePorts } from './pipeline-ports.js';
import { RemovePipelineHandler } from './remove-pipeline.command.js';
import { ShowPipelineHandler } from './show-pipeline.query.js';

@Module({
  providers: [
    {
      provide: PipelinePorts,
      inject: [DomainConfigs, Deployments, SchemaRegistry, EventConnectors, AggregateWindows, StreamTables],
      useFactory: (...ports: ConstructorParameters<typeof PipelinePorts>) => new PipelinePorts(...ports),
    },
    DeployPipelineHandler,
    ListLateEventsHandler,
    ListPipelinesHandler,
    ListWindowsHandler,
    RemovePipelineHandler,
    ShowPipelineHandler,
  ],
})
export class PipelinesModule {}
