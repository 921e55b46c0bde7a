import type { ConfigEntry, ConfigMap, ConfigNode } from './config-node.js';

/**
 * Lays configurations over one another, the lowest first, by the rule of JSON Merge Patch (RFC 7396): maps are merged key by
 * key, everything else (scalars and lists) is replaced as a whole, and null removes what is below. A null inside a list
 * says the same about its own map: the key is left out.
 */
export function layerConfig(layers: readonly [ConfigMap, ...ConfigMap[]]): ConfigMap {
  const [lowest, ...above] = layers;
  return above.reduce(mergeMaps, withoutNulls(lowest));
}

function mergeMaps(below: ConfigMap, above: ConfigMap): ConfigMap {
  const entries = new Map(below.entries);
  for (const [key, entry] of above.entries) {
    const merged = mergeEntry(below.entries.get(key), entry);
    if (merged === undefined) entries.delete(key);
    else entries.set(key, merged);
  }
  return { kind: 'map', origin: above.origin, entries };
}

function mergeEntry(below: ConfigEntry | undefined, { keyOrigin, node }: ConfigEntry): ConfigEntry | undefined {
  if (isNull(node)) return undefined;
  if (node.kind !== 'map' || below?.node.kind !== 'map') return { keyOrigin, node: clean(node) };
  return { keyOrigin, node: mergeMaps(below.node, node) };
}

function clean(node: ConfigNode): ConfigNode {
  if (node.kind === 'map') return withoutNulls(node);
  return node.kind === 'list' ? { ...node, items: node.items.map(clean) } : node;
}

function withoutNulls(map: ConfigMap): ConfigMap {
  const kept = [...map.entries].filter(([, { node }]) => !isNull(node));
  const entries = kept.map(([key, { keyOrigin, node }]) => [key, { keyOrigin, node: clean(node) }] as const);
  return { ...map, entries: new Map(entries) };
}

function isNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
