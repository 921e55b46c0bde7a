import { type Random, randomHex } from '../shared/seeded-random.js';
import type { DomainConfig, EventType, FieldCondition } from './domain-config.js';
import { MONEY_KIND, type NumberKind, numberKindOf, type PoolKind, type TextKind, textKindOf } from './field-kinds.js';
import { MONEY_NAMES } from './generate-event-schema.js';

/** The texts that fields draw from; of each kind that the domain has a field of. */
export type Pools = ReadonlyMap<PoolKind, readonly [string, ...string[]]>;

/** How one field of an event type gets its values. */
export interface FieldMaker {
  readonly name: string;
  /** Within one session it keeps its value. */
  readonly isSteady: boolean;
  readonly make: () => string | number | null;
}

/** What makers draw from. */
export interface MakerSources {
  readonly domain: Pick<DomainConfig, 'aggregations'>;
  readonly pools: Pools;
  readonly random: Random;
}

/** Share of the texts that may be missing and are. */
const MISSING_SHARE = 0.02;
/** Different things of one kind, such as products. */
const THINGS = 200;
/** Different texts of a field to group by whose name tells nothing. */
const GROUPS = 8;
/** Share of the numbers above what is usual, where a domain looks for such. */
const OUTLIER_SHARE = 0.02;
const NO_TEXTS = ['unknown'] as const;

type Texts = readonly [string, ...string[]];

/** The makers of an event type's own fields, in the order of its schema. */
export function fieldMakers(eventType: EventType, sources: MakerSources): FieldMaker[] {
  const { random } = sources;
  const wanted = (name: string): readonly FieldCondition[] => conditionsOn(name, eventType, sources.domain);
  const missing = (make: () => string) => (): string | null => (random() < MISSING_SHARE ? null : make());
  return [
    ...eventType.attributes.map((name) => {
      const kind = textKindOf(name);
      const isSteady = 'thing' in kind || ('unique' in kind && kind.isOfSession);
      return { name, isSteady, make: missing(textMaker(kind, wanted(name), sources)) };
    }),
    ...eventType.metrics.map((name) => {
      const isMoney = MONEY_NAMES.has(name);
      const kind = isMoney ? MONEY_KIND : numberKindOf(name);
      return { name, isSteady: isMoney, make: numberMaker(kind, wanted(name), random) };
    }),
    ...eventType.dimensions.map((name) => {
      const kind = textKindOf(name);
      const few = 'pool' in kind && kind.pool === 'words' ? GROUPS : undefined;
      return { name, isSteady: true, make: textMaker(kind, wanted(name), { ...sources, few }) };
    }),
  ];
}

/** What the domain's aggregations ask of a field: there should be events for which it holds. */
function conditionsOn(
  field: string,
  eventType: EventType,
  { aggregations }: Pick<DomainConfig, 'aggregations'>,
): FieldCondition[] {
  const filters = aggregations.filter((each) => each.eventType === eventType.name).flatMap(({ filter }) => filter);
  return filters.filter((condition) => condition.field === field);
}

function textMaker(
  kind: TextKind,
  wanted: readonly FieldCondition[],
  { pools, random, few }: MakerSources & { readonly few?: number | undefined },
): () => string {
  if ('unique' in kind) return () => `${kind.unique}_${randomHex(random)}${randomHex(random)}`;
  const [first, ...others] = textsOf(kind, pools);
  const named = wanted.flatMap(({ comparison, value }) => (comparison === '=' ? [String(value)] : []));
  const [most = first, ...rest] = new Set([...named, first, ...others.slice(0, few)]);
  return oneOf([most, ...rest], random);
}

function textsOf(kind: Exclude<TextKind, { unique: string }>, pools: Pools): Texts {
  if ('words' in kind) return kind.words;
  if ('pool' in kind) return pools.get(kind.pool) ?? NO_TEXTS;
  return [`${kind.thing}_1`, ...Array.from({ length: THINGS - 1 }, (_, at) => `${kind.thing}_${at + 2}`)];
}

/** The first ones more often: a few pages, products and countries make most of the traffic. */
export function oneOf<T>(values: readonly [T, ...T[]], random: Random): () => T {
  const [first] = values;
  return () => {
    const share = random();
    return values[Math.floor(share * share * values.length)] ?? first;
  };
}

/** Most of them in the middle between both ends, and some above what somebody looks for. */
function numberMaker(kind: NumberKind, wanted: readonly FieldCondition[], random: Random): () => number {
  const usual = triangular(kind, random);
  const [threshold] = wanted.flatMap(({ comparison, value }) =>
    comparison.startsWith('>') && Number(value) > kind.most ? [Number(value)] : [],
  );
  if (threshold === undefined) return usual;
  const outlier = triangular({ ...kind, least: threshold, most: threshold * 2 }, random);
  return () => (random() < OUTLIER_SHARE ? outlier() : usual());
}

function triangular({ least, most, decimals }: NumberKind, random: Random): () => number {
  const scale = 10 ** decimals;
  const span = (most - least) / 2;
  return () => Math.round((least + (random() + random()) * span) * scale) / scale;
}
