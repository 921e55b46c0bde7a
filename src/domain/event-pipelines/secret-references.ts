import { type ConfigMap, type ConfigNode, type ConfigPath, leavesOf, type Origin } from './config-node.js';

const REFERENCE = /\$\{secret:([^}]*)\}/g;
/** The name of a secret, and after `#` a field of it where it is a JSON object. */
const KEY = /^[\w./:+=@-]{1,512}(?:#[\w./:+=@-]{1,256})?$/;

/** A `${secret:KEY}` in a text, and where that stands. */
export interface SecretReference {
  readonly key: string;
  readonly path: ConfigPath;
  readonly origin: Origin;
}

export function hasSecret(text: string): boolean {
  return text.includes('${secret:');
}

/** Whether `${secret:…}` is written as it has to be, everywhere in the text. */
export function isReferenceText(text: string): boolean {
  const rest = text.replaceAll(REFERENCE, (_, key: string) => (KEY.test(key) ? '' : '${secret:'));
  return !hasSecret(rest);
}

/** Every reference in the texts of a configuration, in order. */
export function secretReferences(root: ConfigNode): SecretReference[] {
  return [...leavesOf(root)].flatMap(({ path, node }) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string') return [];
    const { origin, value } = node;
    return [...value.matchAll(REFERENCE)].map(([, key = '']) => ({ key, path, origin }));
  });
}

/**
 * The configuration with values where references stood. What a secret says is text and nothing else: references in it are
 * not followed.
 *
 * @param values by key, all of `secretReferences`
 */
export function withSecrets(root: ConfigMap, values: ReadonlyMap<string, string>): ConfigMap {
  const entries = [...root.entries].map(
    ([key, { keyOrigin, node }]) => [key, { keyOrigin, node: resolved(node, values) }] as const,
  );
  return { ...root, entries: new Map(entries) };
}

function resolved(node: ConfigNode, values: ReadonlyMap<string, string>): ConfigNode {
  if (node.kind === 'map') return withSecrets(node, values);
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => resolved(item, values)) };
  if (typeof node.value !== 'string' || !hasSecret(node.value)) return node;
  return { ...node, value: node.value.replaceAll(REFERENCE, (whole, key: string) => values.get(key) ?? whole) };
}
