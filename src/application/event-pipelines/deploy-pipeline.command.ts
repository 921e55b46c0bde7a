import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { eventTableOf } from '../../domain/event-pipelines/event-table.js';
import { defineWindows } from '../../domain/event-pipelines/window-definition.js';
import type { DeployStep } from '../../domain/ports/aggregate-windows.port.js';
import { checkSchemas, type SchemaStep } from './check-schemas.js';
import { PipelinePorts } from './pipeline-ports.js';

/** What a deploy does about the table of an event type and what fills it. */
export interface EventsStep {
  readonly event_type: string;
  readonly table: string;
  /** `keep`: it is there; its columns may still grow. */
  readonly action: 'create' | 'keep';
  readonly connector_id?: string;
  readonly schema_id?: number;
  readonly added_columns?: readonly string[];
}

export interface DeployReceipt {
  readonly domain: string;
  readonly environment?: string;
  /** Nothing was done: this is what would be. */
  readonly dry_run: boolean;
  readonly schemas: readonly SchemaStep[];
  readonly events: readonly EventsStep[];
  readonly aggregations: readonly DeployStep[];
  readonly deployed_at?: string;
}

export interface DeployOptions {
  readonly environment?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** Name of whoever asks. */
  readonly caller: string;
}

/**
 * Bring schemas, tables of events, connectors and windowed aggregates to what the files of a domain say. Safe to repeat;
 * what was cut off is found and finished.
 */
export class DeployPipelineCommand extends Command<DeployReceipt> {
  constructor(
    readonly domain: string,
    readonly options: DeployOptions,
  ) {
    super();
  }
}

@CommandHandler(DeployPipelineCommand)
export class DeployPipelineHandler implements ICommandHandler<DeployPipelineCommand> {
  constructor(private readonly ports: PipelinePorts) {}

  async execute({ domain: name, options }: DeployPipelineCommand): Promise<DeployReceipt> {
    const { configs, deployments } = this.ports;
    const domain = await configs.load(name, options.environment);
    if (options.dryRun === true) return this.plan(domain, options);
    return deployments.inTurn(domain.name, () => this.deploy(domain, options));
  }

  private async plan(domain: DomainConfig, { environment }: DeployOptions): Promise<DeployReceipt> {
    const schemas = await checkSchemas(this.ports.registry, domain);
    const aggregations = await this.ports.windows.plan(domain);
    const states = await this.ports.connectors.states(domain);
    const absent = new Set(states.filter(({ state }) => state === 'absent').map(({ eventType }) => eventType));
    const events = domain.eventTypes.map((eventType): EventsStep => ({
      event_type: eventType.name,
      table: tableText(domain, eventType.name),
      action: absent.has(eventType.name) ? 'create' : 'keep',
    }));
    return { domain: domain.name, ...given(environment), dry_run: true, schemas, events, aggregations };
  }

  private async deploy(domain: DomainConfig, { environment, caller }: DeployOptions): Promise<DeployReceipt> {
    const { registry, windows, deployments } = this.ports;
    // Whatever would be refused is refused before anything is done.
    for (const aggregation of domain.aggregations) defineWindows(domain, aggregation);
    const schemas = await checkSchemas(registry, domain);
    await windows.plan(domain);
    const events = await this.ensureEvents(domain);
    const aggregations = await windows.deploy(domain);
    const { deployedAtMs } = await deployments.record({ domain, ...given(environment), deployedBy: caller });
    const deployed_at = new Date(deployedAtMs).toISOString();
    return {
      domain: domain.name,
      ...given(environment),
      dry_run: false,
      schemas,
      events,
      aggregations,
      deployed_at,
    };
  }

  private async ensureEvents(domain: DomainConfig): Promise<EventsStep[]> {
    const steps: EventsStep[] = [];
    for (const { name } of domain.eventTypes) {
      const made = await this.ports.connectors.ensure(domain, name);
      steps.push({
        event_type: name,
        table: tableText(domain, name),
        action: made.isNew ? 'create' : 'keep',
        connector_id: made.connectorId,
        schema_id: made.schemaId,
        ...(made.addedColumns.length > 0 && { added_columns: made.addedColumns }),
      });
    }
    return steps;
  }
}

function tableText(domain: DomainConfig, eventType: string): string {
  const { database, table } = eventTableOf(domain, eventType);
  return `${database}.${table}`;
}

const given = (environment: string | undefined): { environment?: string } =>
  environment === undefined ? {} : { environment };
