import { createHash } from 'node:crypto';
import { PenstockError } from '../../../domain/errors.js';
import type {
  SampleRequest,
  TableDescriptions,
  TableSample,
  TableSamples,
  WarehouseCatalog,
} from '../../../domain/ports/warehouse-catalog.port.js';
import type { TableReference } from '../../../domain/workflow-gateway/table-reference.js';
import { foundValues, SAMPLED, SCHEMAS, VERSIONS } from './catalog-queries.js';
import type { ColumnTypes } from './column-types.js';
import type { ExchangeBounds, GuardedPool, GuardedSession } from './guarded-pool.js';
import { BriefMemory } from './brief-memory.js';
import { COMMIT, openTransaction, type TransactionLimits } from './guarded-transaction.js';
import { LatestAnswer } from './latest-answer.js';
import { firstStep, type SampledTable, type SampleStep, topUp } from './sample-plan.js';
import { statementFailure } from './statement-failure.js';
import type { StepAnswer, WireStep } from './wire-exchange.js';

export interface CatalogOptions {
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly maxTempBytes: number;
  readonly maxBytes: number;
}

/** Lists of tables whose schemas are remembered. */
const MAX_KEPT = 500;
const MAX_SEED = 2 ** 31;
/** Where a table is and how large it is: what has become wrong of it fails, and is asked again. */
const PLACES_HOLD_MS = 10_000;

/** What was had of one table. */
interface Taken {
  readonly step: SampleStep;
  readonly answer: StepAnswer;
}

interface Kept {
  readonly versions: string;
  readonly descriptions: TableDescriptions;
}

/** Tables as PostgreSQL's catalog has them, seen with the rights of the reading role. */
export class PostgresWarehouseCatalog implements WarehouseCatalog {
  private readonly kept = new Map<string, Kept>();
  private readonly places = new BriefMemory<readonly SampledTable[]>(PLACES_HOLD_MS);
  private readonly latest = new LatestAnswer<TableDescriptions>();

  constructor(
    private readonly pool: GuardedPool,
    private readonly types: ColumnTypes,
    private readonly options: CatalogOptions,
  ) {}

  describe(tables: readonly TableReference[]): Promise<TableDescriptions> {
    const values = foundValues(tables);
    const key = JSON.stringify(values);
    return this.latest.get(key, () => this.describeNow(key, tables, values));
  }

  async sample(request: SampleRequest): Promise<TableSamples> {
    const { timeoutMs, maxBytes, signal } = request;
    const key = JSON.stringify(foundValues(request.tables));
    return this.within({ timeoutMs, maxBytes, signal }, async (session, bounds) => {
      const find = async (): Promise<TableSamples> =>
        this.sampleAt(session, request, await this.find(session, request, bounds));
      const known = this.places.get(key);
      if (known === undefined) return find();
      try {
        return await this.sampleAt(session, request, known);
      } catch (cause) {
        if (!mayBeStale(cause) || !(await session.isClean())) throw cause;
        return find();
      }
    });
  }

  private async sampleAt(
    session: GuardedSession,
    request: SampleRequest,
    tables: readonly SampledTable[],
  ): Promise<TableSamples> {
    const places = new Set(tables.map(({ place }) => place));
    return {
      tables: await this.samplesOf(session, tables, request),
      unknown: request.tables.filter((_, place) => !places.has(place)).map(({ asked }) => asked),
    };
  }

  /** Remembered where all are there: one that is missing may come at any moment. */
  private async find(
    session: GuardedSession,
    { tables }: SampleRequest,
    bounds: ExchangeBounds,
  ): Promise<readonly SampledTable[]> {
    const values = foundValues(tables);
    const [answer] = await this.read(session, [{ text: SAMPLED, values }], bounds);
    const found = (answer?.rows ?? []).map(sampledTable);
    return found.length === tables.length ? this.places.keep(JSON.stringify(values), found) : found;
  }

  /** Row versions first: where none has changed, the schemas are those that are remembered. */
  private async describeNow(
    key: string,
    tables: readonly TableReference[],
    values: readonly string[],
  ): Promise<TableDescriptions> {
    const { timeoutMs, maxBytes } = this.options;
    return this.within({ timeoutMs, maxBytes }, async (session, bounds) => {
      const kept = this.kept.get(key);
      if (kept !== undefined) {
        const [answer] = await this.read(session, [{ text: VERSIONS, values }], bounds);
        if (answer !== undefined && versionsOf(answer) === kept.versions) return kept.descriptions;
      }
      const [answer] = await this.read(session, [{ text: SCHEMAS, values }], bounds);
      if (answer === undefined) throw new Error('PostgreSQL answered nothing about its catalog.');
      const descriptions = descriptionsOf(tables, answer);
      this.keep(key, { versions: versionsOf(answer), descriptions });
      return descriptions;
    });
  }

  private keep(key: string, kept: Kept): void {
    this.kept.delete(key);
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    this.kept.set(key, kept);
  }

  /** All tables in one round trip; those whose pages had too few rows in a further one. */
  private async samplesOf(
    session: GuardedSession,
    tables: readonly SampledTable[],
    request: SampleRequest,
  ): Promise<TableSample[]> {
    const { limit } = request;
    const seed = request.seed ?? Math.floor(Math.random() * MAX_SEED);
    const taken = new Map<number, Taken>();
    let steps: SampleStep[] = tables.map((table) => firstStep(table, limit, seed));
    while (steps.length > 0) {
      const answers = await this.read(
        session,
        steps.map(({ sql }) => ({ text: sql })),
        request,
      );
      for (const each of takenBy(steps, answers)) taken.set(each.step.table.place, each);
      if (answers.length < steps.length || answers.some(({ isCut }) => isCut)) break;
      const short = steps.filter((_, index) => (answers[index]?.rows.length ?? 0) < limit);
      steps = short.flatMap((step) => topUp(step, limit, seed) ?? []);
    }
    await this.learnTypes(session, [...taken.values()], request);
    return tables.map((table) => this.sampleOf(table, taken.get(table.place), request));
  }

  /** Nothing was taken of a table when those before it have filled the answer. */
  private sampleOf({ place, name }: SampledTable, taken: Taken | undefined, request: SampleRequest): TableSample {
    const asked = request.tables[place]?.asked ?? name;
    if (taken === undefined) return { asked, method: 'first', columns: [], rows: [], isTruncated: true };
    const { step, answer } = taken;
    return { asked, method: step.method, ...this.types.encode(answer), isTruncated: answer.isCut };
  }

  private async learnTypes(
    session: GuardedSession,
    taken: readonly Taken[],
    { timeoutMs, maxBytes, signal }: SampleRequest,
  ): Promise<void> {
    const question = this.types.question(taken.flatMap(({ answer }) => answer.fields));
    if (question === undefined) return;
    const ask = async (asked: GuardedSession): Promise<void> => {
      const { steps } = await asked.exchange([question], { timeoutMs, maxBytes, signal });
      if (steps[0] !== undefined) this.types.learn(steps[0]);
    };
    // One that was cut off leaves a connection that nothing else may run on.
    await ((await session.isClean()) ? ask(session) : this.pool.session(ask));
  }

  /** @returns one answer a step; fewer where all of them together are too large */
  private async read(
    session: GuardedSession,
    steps: readonly WireStep[],
    bounds: ExchangeBounds,
  ): Promise<readonly StepAnswer[]> {
    const opening = openTransaction('read', this.limits(bounds));
    const startedAtMs = performance.now();
    try {
      const answer = await session.exchange([...opening, ...steps, COMMIT], bounds);
      return answer.steps.slice(opening.length, opening.length + steps.length);
    } catch (cause) {
      throw statementFailure(cause, { ...bounds, firstStep: opening.length, startedAtMs });
    }
  }

  private async within<T>(
    bounds: ExchangeBounds,
    work: (session: GuardedSession, bounds: ExchangeBounds) => Promise<T>,
  ): Promise<T> {
    const startedAtMs = performance.now();
    try {
      return await this.pool.session((session) => work(session, bounds));
    } catch (cause) {
      throw statementFailure(cause, { ...bounds, firstStep: 0, startedAtMs });
    }
  }

  private limits({ timeoutMs }: ExchangeBounds): TransactionLimits {
    const { lockTimeoutMs, maxTempBytes } = this.options;
    return { statementTimeoutMs: timeoutMs, lockTimeoutMs, tempBytes: maxTempBytes };
  }
}

function takenBy(steps: readonly SampleStep[], answers: readonly StepAnswer[]): Taken[] {
  return steps.flatMap((step, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [{ step, answer }];
  });
}

/** The table is gone, is another kind of thing now, or may no longer be read. */
function mayBeStale(cause: unknown): boolean {
  return cause instanceof PenstockError && (cause.code === 'query.failed' || cause.code === 'query.forbidden');
}

function sampledTable([place, name, columns, pages]: readonly (string | null)[]): SampledTable {
  return {
    place: Number(place),
    name: name ?? '',
    columns: columns ?? '',
    pages: pages === null || pages === undefined ? undefined : Number(pages),
  };
}

function versionsOf({ rows }: StepAnswer): string {
  return JSON.stringify(rows.map(([place, version]) => [place, version]));
}

function descriptionsOf(tables: readonly TableReference[], { rows }: StepAnswer): TableDescriptions {
  // PostgreSQL writes JSON with spaces, which are sent again and again.
  const schemas = new Map(rows.map(([place, , schema]) => [Number(place), JSON.stringify(JSON.parse(schema ?? '{}'))]));
  const described = tables.flatMap(({ asked }, place) => {
    const schema = schemas.get(place);
    return schema === undefined ? [] : [{ asked, schema }];
  });
  const unknown = tables.filter((_, place) => !schemas.has(place)).map(({ asked }) => asked);
  const version = createHash('sha256')
    .update(JSON.stringify([described, unknown]))
    .digest('base64url');
  return { tables: described, unknown, version };
}
