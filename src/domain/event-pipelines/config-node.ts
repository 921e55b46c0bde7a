/** The line of a file on which a value stands; no file: the service's own default. */
export interface Origin {
  /** From the folder of the configuration: `domains/ecommerce.yaml`. */
  readonly file?: string;
  readonly line: number;
}

export type ConfigScalar = string | number | boolean | null;

/** What JSON can hold: a configuration without where it comes from. */
export type ConfigValue = ConfigScalar | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

/** A part of a configuration, and where it stands. */
export type ConfigNode =
  | { readonly kind: 'scalar'; readonly origin: Origin; readonly value: ConfigScalar }
  | { readonly kind: 'list'; readonly origin: Origin; readonly items: readonly ConfigNode[] }
  | ConfigMap;

export interface ConfigMap {
  readonly kind: 'map';
  readonly origin: Origin;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

export interface ConfigEntry {
  /** Of the key, which may stand above its value. */
  readonly keyOrigin: Origin;
  readonly node: ConfigNode;
}

/** Keys and indexes from the root on. */
export type ConfigPath = readonly (string | number)[];

export const NOWHERE: Origin = { line: 0 };

/** A value that no file has set. */
export function nodeOf(value: ConfigValue): ConfigNode {
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', origin: NOWHERE, value };
  if (isList(value)) return { kind: 'list', origin: NOWHERE, items: value.map(nodeOf) };
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, { keyOrigin: NOWHERE, node: nodeOf(inner) }] as const,
  );
  return { kind: 'map', origin: NOWHERE, entries: new Map(entries) };
}

export function valueOf(node: ConfigNode): ConfigValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(valueOf);
  return Object.fromEntries([...node.entries].map(([key, { node: inner }]) => [key, valueOf(inner)]));
}

/** Undefined where the path leads nowhere. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) node = node === undefined ? undefined : child(node, step);
  return node;
}

function child(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.node;
  return node.kind === 'list' ? node.items[Number(step)] : undefined;
}

/**
 * Every value that holds no others, with its path: scalars, and empty lists and maps.
 *
 * @param isWhole what is told as it is, whatever it holds
 */
export function* leavesOf(
  node: ConfigNode,
  path: ConfigPath = [],
  isWhole: (node: ConfigNode) => boolean = () => false,
): Generator<{ readonly path: ConfigPath; readonly node: ConfigNode }> {
  const inner = isWhole(node) ? [] : partsOf(node);
  if (inner.length === 0) yield { path, node };
  for (const [step, below] of inner) yield* leavesOf(below, [...path, step], isWhole);
}

function partsOf(node: ConfigNode): readonly (readonly [string | number, ConfigNode])[] {
  if (node.kind === 'map') return [...node.entries].map(([key, entry]) => [key, entry.node]);
  return node.kind === 'list' ? node.items.map((item, index) => [index, item]) : [];
}

/** A list of scalars, which a person reads at once. */
export function isPlainList(node: ConfigNode): boolean {
  return node.kind === 'list' && node.items.every(({ kind }) => kind === 'scalar');
}

function isList(value: object): value is readonly ConfigValue[] {
  return Array.isArray(value);
}
