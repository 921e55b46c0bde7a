import type { PoolKind } from '../event-pipelines/field-kinds.js';

/** Realistic texts for synthetic events. */
export abstract class ValuePools {
  /** For each kind some hundred texts, never none and none of them empty; the same seed gives the same, in the same order. */
  abstract prepare(
    kinds: readonly PoolKind[],
    seed: number,
  ): Promise<ReadonlyMap<PoolKind, readonly [string, ...string[]]>>;
}
