import { PenstockError } from '../../../domain/errors.js';
import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import type {
  AggregateWindows,
  DeployStep,
  LateEvent,
  WindowPage,
  WindowRow,
  WindowsWanted,
} from '../../../domain/ports/aggregate-windows.port.js';
import type { ClickhouseConnection } from '../clickhouse-connection.js';
import { WindowCatalog } from './window-catalog.js';
import { WindowDeployer } from './window-deployer.js';
import { windowNames, type WindowMark } from './window-names.js';
import { NO_EVENTS, stepsOf, WindowPlanner, type WindowTask } from './window-plan.js';
import { WindowReader } from './window-reader.js';
import { WindowSession, type WindowSessionOptions } from './window-session.js';

/** Windows as ClickHouse keeps them itself: materialized views over the tables of events put states of panes together. */
export class ClickhouseAggregateWindows implements AggregateWindows {
  private readonly session: WindowSession;
  private readonly catalog: WindowCatalog;
  private readonly planner: WindowPlanner;
  private readonly deployer: WindowDeployer;

  constructor(
    connection: ClickhouseConnection,
    private readonly options: WindowSessionOptions,
  ) {
    const { cluster } = options;
    this.session = new WindowSession(connection, options);
    this.catalog = new WindowCatalog(this.session, cluster);
    this.planner = new WindowPlanner(this.catalog, cluster);
    this.deployer = new WindowDeployer(this.session, cluster);
  }

  async plan(domain: DomainConfig): Promise<DeployStep[]> {
    const tasks = await this.planner.tasks(domain);
    return tasks.flatMap((task) => stepsOf(task, this.options.cluster));
  }

  async deploy(domain: DomainConfig): Promise<DeployStep[]> {
    const tasks = await this.planner.tasks(domain);
    for (const task of tasks) requireEvents(task);
    for (const task of tasks) await this.deployer.perform(task);
    return tasks.flatMap((task) => stepsOf(task, this.options.cluster));
  }

  async remove(domainName: string): Promise<void> {
    await this.deployer.remove(await this.catalog.ofDomain(domainName));
  }

  windows(domain: DomainConfig, aggregation: Aggregation, wanted: WindowsWanted): Promise<WindowPage> {
    return this.read(domain, aggregation, (reader) => reader.page(wanted));
  }

  changes(
    domain: DomainConfig,
    aggregation: Aggregation,
    since: number | WindowRow,
    limit: number,
  ): Promise<WindowRow[]> {
    return this.read(domain, aggregation, (reader) => reader.changes(since, limit));
  }

  late(domain: DomainConfig, aggregation: Aggregation, limit: number): Promise<LateEvent[]> {
    return this.read(domain, aggregation, (reader) => reader.late(limit));
  }

  /** Of the build in use; should it be replaced under the reader's hands, of the next. */
  private async read<T>(domain: DomainConfig, aggregation: Aggregation, work: (reader: WindowReader) => Promise<T>) {
    const first = await this.inUse(domain, aggregation);
    try {
      return await work(this.reader(domain, first));
    } catch (cause) {
      if (!(cause instanceof PenstockError) || cause.code !== 'table.unknown') throw cause;
      return work(this.reader(domain, await this.inUse(domain, aggregation)));
    }
  }

  private async inUse({ name, warehouse }: DomainConfig, aggregation: Aggregation): Promise<WindowMark> {
    const mark = await this.catalog.inUse(windowNames(warehouse.database, name, aggregation.name, '').windows);
    if (mark?.domain === name && mark.aggregation === aggregation.name) return mark;
    throw notDeployed(name, aggregation.name);
  }

  private reader({ warehouse }: DomainConfig, { domain, aggregation, build, made }: WindowMark): WindowReader {
    if (made === undefined) throw notDeployed(domain, aggregation);
    const names = windowNames(warehouse.database, domain, aggregation, build);
    return new WindowReader(this.session, made.definition, names);
  }
}

/** @throws PenstockError `table.unknown` */
function requireEvents(task: WindowTask): void {
  if (!('build' in task) || task.build.made.fingerprint !== NO_EVENTS) return;
  const { database, table } = task.build.made.definition.source;
  throw new PenstockError('table.unknown', `There is no table ${database}.${table}.`);
}

function notDeployed(domain: string, aggregation: string): PenstockError {
  const message = `The aggregation "${aggregation}" of the domain "${domain}" is not deployed.`;
  return new PenstockError('aggregation.unknown', message);
}
