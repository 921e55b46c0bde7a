import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigMap,
  type ConfigNode,
  type ConfigValue,
  nodeAt,
  nodeOf,
  valueOf,
} from '../../../../src/domain/event-pipelines/config-node.js';
import { layerConfig } from '../../../../src/domain/event-pipelines/layer-config.js';

type Tree = Readonly<Record<string, ConfigValue>>;

const map = (value: Tree): ConfigMap => nodeOf(value) as ConfigMap;
const layered = (...layers: readonly [Tree, ...Tree[]]): ConfigValue =>
  valueOf(layerConfig(layers.map(map) as [ConfigMap, ...ConfigMap[]]));

/** `MergePatch(Target, Patch)` of RFC 7396, section 2, word for word. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

/** Few keys, so that layers meet; nulls only where they may remove something, not in lists. */
const key = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(fc.constantFrom('x', 'y', ''), fc.integer(), fc.boolean());
const { tree } = fc.letrec<{ tree: Tree; value: ConfigValue }>((tie) => ({
  tree: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.constant(null),
    fc.array(scalar, { maxLength: 2 }),
    tie('tree'),
  ),
}));
const layers = fc.array(tree, { minLength: 1, maxLength: 4 });

describe('layers of a configuration', () => {
  it('are merged map by map, replaced otherwise, and removed by null', () => {
    const platform = { stream: { shards: 1, prefix: 'events' }, tags: ['a', 'b'], postgres: { schema: 'public' } };
    const environment = { stream: { shards: 8 }, tags: ['c'] };
    expect(layered(platform, environment, { postgres: null })).toEqual({
      stream: { shards: 8, prefix: 'events' },
      tags: ['c'],
    });
  });

  it('are merged as RFC 7396 merges patches into nothing, one after the other', () => {
    fc.assert(
      fc.property(layers, (all) => {
        expect(layered(...(all as [Tree, ...Tree[]]))).toEqual(all.reduce<unknown>(mergePatch, {}));
      }),
    );
  });

  it('hold no null, change nothing when repeated, and nothing when empty', () => {
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const once = layered(one, other);
        expect(JSON.stringify(once)).not.toContain('null');
        expect(layered(one, other, other)).toEqual(once);
        expect(layered({}, one, {}, other, {})).toEqual(once);
      }),
    );
  });

  it('tell where each value was set: in the last layer that has it', () => {
    const marked = (file: string, value: Tree): ConfigMap => mark(map(value), file) as ConfigMap;
    const root = layerConfig([
      marked('platform', { stream: { shards: 1, prefix: 'p' }, list: [1, 2] }),
      marked('environment', { stream: { shards: 2 } }),
      marked('domain', { list: [3] }),
    ]);
    const file = (...path: (string | number)[]) => nodeAt(root, path)?.origin.file;
    expect([file('stream', 'shards'), file('stream', 'prefix'), file('list', 0)]).toEqual([
      'environment',
      'platform',
      'domain',
    ]);
  });

  it('leave out what is null within a list', () => {
    expect(layered({ aggregations: [{ name: 'n', field: null }] })).toEqual({ aggregations: [{ name: 'n' }] });
  });
});

function mark(node: ConfigNode, file: string): ConfigNode {
  const origin = { file, line: 1 };
  if (node.kind === 'scalar') return { ...node, origin };
  if (node.kind === 'list') return { ...node, origin, items: node.items.map((item) => mark(item, file)) };
  const entries = [...node.entries].map(
    ([name, entry]) => [name, { keyOrigin: origin, node: mark(entry.node, file) }] as const,
  );
  return { ...node, origin, entries: new Map(entries) };
}
