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

const PORTS = [DomainConfigs, Deployments, SchemaRegistry, EventConnectors, AggregateWindows, StreamTables] as const;
type Resolved<T> = { [K in keyof T]: T[K] extends abstract new (...args: never[]) => infer I ? I : never };

@Module({
  providers: [
    { provide: PipelinePorts, inject: [...PORTS], useFactory: pipelinePorts },
    DeployPipelineHandler,
    ListLateEventsHandler,
    ListPipelinesHandler,
    ListWindowsHandler,
    RemovePipelineHandler,
    ShowPipelineHandler,
  ],
})
export class PipelinesModule {}

function pipelinePorts(...resolved: Resolved<typeof PORTS>): PipelinePorts {
  const [configs, deployments, registry, connectors, windows, tables] = resolved;
  return { configs, deployments, registry, connectors, windows, tables };
}
