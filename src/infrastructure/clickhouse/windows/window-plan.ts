import { randomBytes } from 'node:crypto';
import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import { defineWindows } from '../../../domain/event-pipelines/window-definition.js';
import type { DeployStep } from '../../../domain/ports/aggregate-windows.port.js';
import type { FoundObject, WindowCatalog } from './window-catalog.js';
import { windowNames, type WindowRole } from './window-names.js';
import {
  backfillStatements,
  createStatements,
  dropStatement,
  switchStatements,
  type WindowBuild,
} from './window-statements.js';

/** Instead of a fingerprint where the table of events is not there yet. */
export const NO_EVENTS = '';

/** What is to be done about one aggregation, and which objects are in the way of it, or left behind by it. */
export type WindowTask =
  | { readonly kind: 'keep'; readonly aggregation: string; readonly leftovers: readonly FoundObject[] }
  | {
      readonly kind: 'create' | 'replace';
      readonly aggregation: string;
      readonly build: WindowBuild;
      /** Of builds that were cut off. */
      readonly leftovers: readonly FoundObject[];
      /** Of the build that is read until this one is done. */
      readonly former: readonly FoundObject[];
    }
  | { readonly kind: 'remove'; readonly aggregation: string; readonly leftovers: readonly FoundObject[] };

/** Holds what is there against what the domain says. */
export class WindowPlanner {
  constructor(
    private readonly catalog: WindowCatalog,
    private readonly cluster: string | undefined,
  ) {}

  /** @throws PenstockError `aggregation.invalid`, `table.exists`: before anything is done */
  async tasks(domain: DomainConfig): Promise<WindowTask[]> {
    const found = await this.catalog.ofDomain(domain.name);
    const tasks: WindowTask[] = [];
    for (const aggregation of domain.aggregations) {
      const own = found.filter(({ mark }) => mark.aggregation === aggregation.name);
      tasks.push(await this.task(domain, aggregation, own));
    }
    const wanted = new Set(domain.aggregations.map(({ name }) => name));
    const unwanted = found.filter(({ mark }) => !wanted.has(mark.aggregation));
    for (const aggregation of new Set(unwanted.map(({ mark }) => mark.aggregation))) {
      const leftovers = unwanted.filter(({ mark }) => mark.aggregation === aggregation);
      tasks.push({ kind: 'remove', aggregation, leftovers });
    }
    return tasks;
  }

  private async task(domain: DomainConfig, { name, ...rest }: Aggregation, own: FoundObject[]): Promise<WindowTask> {
    const definition = defineWindows(domain, { name, ...rest });
    const fingerprint = (await this.catalog.fingerprint(definition)) ?? NO_EVENTS;
    const { database } = domain.warehouse;
    const build = randomBytes(4).toString('hex');
    const names = windowNames(database, domain.name, name, build);
    const view = own.find(
      ({ mark, name: at }) => mark.role === 'windows' && at.database === database && at.table === names.windows.table,
    );
    const former = own.filter(({ mark }) => mark.build === view?.mark.build);
    const leftovers = own.filter((object) => !former.includes(object));
    if (view?.mark.made?.fingerprint === fingerprint && isWhole(former))
      return { kind: 'keep', aggregation: name, leftovers };
    for (const free of [names.windows, names.late]) {
      await this.catalog.requireFree(free, { domain: domain.name, aggregation: name });
    }
    const mark = { domain: domain.name, aggregation: name, build, source: definition.source.table };
    return {
      kind: view === undefined ? 'create' : 'replace',
      aggregation: name,
      build: { names, mark, made: { fingerprint, definition }, cluster: this.cluster },
      leftovers: leftovers.filter(({ mark: { role } }) => !isView(role)),
      // Views elsewhere are of a database that the domain has left.
      former: [...former.filter(({ mark: { role } }) => !isView(role)), ...strayViews(own, names.windows.database)],
    };
  }
}

/** Whether nobody took anything of a build away. */
function isWhole(objects: readonly FoundObject[]): boolean {
  const roles = new Set(objects.map(({ mark }) => mark.role));
  return (['windows', 'panes', 'late_rows', 'counted', 'gate', 'feed', 'late_feed'] as const).every((role) =>
    roles.has(role),
  );
}

export const isView = (role: WindowRole): boolean => role === 'windows' || role === 'late';
const isFeed = (role: WindowRole): boolean => role === 'feed' || role === 'late_feed';

function strayViews(own: readonly FoundObject[], database: string): FoundObject[] {
  return own.filter(({ mark, name }) => isView(mark.role) && name.database !== database);
}

/** The order in which things go, so that nothing is fed into what is gone: what is read, what feeds, the rest. */
export function inOrderOfRemoval(objects: readonly FoundObject[]): [feeds: FoundObject[], rest: FoundObject[]] {
  const first = objects.filter(({ mark }) => isView(mark.role));
  const feeds = objects.filter(({ mark }) => isFeed(mark.role));
  return [[...first, ...feeds], objects.filter((object) => !first.includes(object) && !feeds.includes(object))];
}

/** The steps of a task as people read them. */
export function stepsOf(task: WindowTask, cluster: string | undefined): DeployStep[] {
  const { aggregation } = task;
  const step = (kind: DeployStep['kind'], statements: readonly string[]): DeployStep[] =>
    statements.length === 0 ? [] : [{ kind, aggregation, statement: statements.join(';\n') }];
  const removal = (objects: readonly FoundObject[]): DeployStep[] =>
    step(
      'remove',
      inOrderOfRemoval(objects)
        .flat()
        .map(({ name }) => dropStatement(name, cluster)),
    );
  if (task.kind === 'remove') return removal(task.leftovers);
  if (task.kind === 'keep') return [{ kind: 'keep', aggregation }, ...removal(task.leftovers)];
  const { build } = task;
  return [
    ...removal(task.leftovers),
    ...step(task.kind, [...createStatements(build), ...switchStatements(build)]),
    ...(build.made.fingerprint === NO_EVENTS ? [] : step('backfill', backfillStatements(build))),
    ...removal(task.former),
  ];
}
