import { quoteTableName } from '../../../domain/stream-onboarding/create-table-statement.js';
import type { FoundObject } from './window-catalog.js';
import { inOrderOfRemoval, type WindowTask } from './window-plan.js';
import type { WindowSession } from './window-session.js';
import { stored } from './window-names.js';
import {
  backfillStatements,
  countedStatement,
  createStatements,
  dropStatement,
  forgetStatements,
  gateStatement,
  type Stretch,
  switchStatements,
  type WindowBuild,
} from './window-statements.js';

/** Events counted again by one statement; a stretch of ten minutes with more of them is counted at once all the same. */
const BACKFILL_EVENTS = 5_000_000;
const STRETCH_MS = 600_000;

/** Brings the warehouse to what a plan says. Docs: decision 36. */
export class WindowDeployer {
  constructor(
    private readonly session: WindowSession,
    private readonly cluster: string | undefined,
  ) {}

  async perform(task: WindowTask): Promise<void> {
    await this.remove(task.leftovers);
    if (task.kind === 'keep' || task.kind === 'remove') return;
    await this.build(task.build);
    await this.remove(task.former);
  }

  /** First what is read and what feeds; what inserts under way still feed only when they have ended. */
  async remove(objects: readonly FoundObject[]): Promise<void> {
    const [first, rest] = inOrderOfRemoval(objects);
    const drop = (some: readonly FoundObject[]): Promise<void> =>
      this.session.run(some.map(({ name }) => dropStatement(name, this.cluster)));
    await drop(first);
    if (rest.length > 0) for (const source of sourcesOf(objects)) await this.session.settle(source);
    await drop(rest);
  }

  /**
   * Makes a build beside the one that is read, and switches to it. Whoever dies on the way leaves tables that nobody
   * reads; the next one removes them and begins again.
   */
  private async build(build: WindowBuild): Promise<void> {
    const { session } = this;
    const source = build.mark.source;
    await session.run(createStatements(build));
    // From here on every insert is fed, and noted with its token.
    await session.settle(source);
    const earlier = await this.countEarlier(build);
    // From here on every insert knows the list: only then may the feeds stop to note tokens.
    await session.settle(source);
    await session.run([gateStatement(build, 'closed')]);
    if (earlier) {
      // From here on nothing is noted any more that the list has.
      await session.settle(source);
      await session.run(forgetStatements(build));
      for (const stretch of await this.stretches(build)) await session.backfill(backfillStatements(build, stretch));
    }
    await session.run(switchStatements(build));
  }

  /** Lists the inserts that are there; whether there are any. */
  private async countEarlier(build: WindowBuild): Promise<boolean> {
    const { names } = build;
    await this.synchronise(build, 'source');
    await this.session.backfill([countedStatement(build)]);
    await this.synchronise(build, 'counted');
    const [row] = await this.session.rows<{ some: number }>(
      `SELECT count() > 0 AS some FROM (SELECT 1 FROM ${quoteTableName(names.counted)} LIMIT 1)`,
    );
    return row?.some === 1;
  }

  /** On a cluster: every replica has the rows before the next step counts on them. */
  private async synchronise({ names, made }: WindowBuild, which: 'source' | 'counted'): Promise<void> {
    const { cluster } = this;
    if (cluster === undefined) return;
    const local = stored(which === 'source' ? made.definition.source : names.counted, cluster);
    await this.session.run([synchroniseStatement(quoteTableName(local), cluster)]);
  }

  private async stretches({ made }: WindowBuild): Promise<Stretch[]> {
    const found = await this.session.rows<{ from_ms: string; events: string }>(
      `SELECT toString(toUnixTimestamp64Milli(timestamp) - positiveModulo(toUnixTimestamp64Milli(timestamp), ${STRETCH_MS})) AS from_ms,
         toString(count()) AS events
       FROM ${quoteTableName(made.definition.source)} GROUP BY from_ms ORDER BY toInt64(from_ms)`,
    );
    const stretches: { fromMs: number; toMs: number; events: number }[] = [];
    for (const { from_ms, events } of found) {
      const toMs = Number(from_ms) + STRETCH_MS;
      const last = stretches.at(-1);
      if (last === undefined || last.events + Number(events) > BACKFILL_EVENTS) {
        stretches.push({ fromMs: Number(from_ms), toMs, events: Number(events) });
      } else {
        last.toMs = toMs;
        last.events += Number(events);
      }
    }
    return stretches;
  }
}

export function synchroniseStatement(table: string, cluster: string): string {
  return `SYSTEM SYNC REPLICA ON CLUSTER ${cluster} ${table}`;
}

function sourcesOf(objects: readonly FoundObject[]): Set<string> {
  return new Set(objects.map(({ mark }) => mark.source));
}
