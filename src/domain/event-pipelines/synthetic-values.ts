import { type Random, randomHex } from '../shared/seeded-random.js';
import type { EventType } from './domain-config.js';
import { MONEY_KIND, numberKindOf, type PoolKind, type TextKind, textKindOf } from './field-kinds.js';
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

/** Share of the texts that may be missing and are. */
const MISSING_SHARE = 0.02;
/** Different things of one kind, such as products. */
const THINGS = 200;
const NO_TEXTS = ['unknown'] as const;

/** The makers of an event type's own fields, in the order of its schema. */
export function fieldMakers(eventType: EventType, pools: Pools, random: Random): FieldMaker[] {
  const missing = (make: () => string) => (): string | null => (random() < MISSING_SHARE ? null : make());
  return [
    ...eventType.attributes.map((name) => {
      const kind = textKindOf(name);
      return { name, isSteady: 'thing' in kind, make: missing(textMaker(kind, pools, random)) };
    }),
    ...eventType.metrics.map((name) => ({
      name,
      isSteady: MONEY_NAMES.has(name),
      make: numberMaker(MONEY_NAMES.has(name) ? MONEY_KIND : numberKindOf(name), random),
    })),
    ...eventType.dimensions.map((name) => ({
      name,
      isSteady: true,
      make: textMaker(textKindOf(name), pools, random),
    })),
  ];
}

function textMaker(kind: TextKind, pools: Pools, random: Random): () => string {
  if ('unique' in kind) return () => `${kind.unique}_${randomHex(random)}${randomHex(random)}`;
  return oneOf(textsOf(kind, pools), random);
}

function textsOf(kind: Exclude<TextKind, { unique: string }>, pools: Pools): readonly [string, ...string[]] {
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

/** Most of them in the middle between both ends. */
function numberMaker({ least, most, decimals }: { least: number; most: number; decimals: number }, random: Random) {
  const scale = 10 ** decimals;
  const span = (most - least) / 2;
  return (): number => Math.round((least + (random() + random()) * span) * scale) / scale;
}
