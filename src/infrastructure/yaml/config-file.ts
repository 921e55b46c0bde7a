import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { ConfigFault } from '../../domain/event-pipelines/config-look.js';
import type {
  ConfigEntry,
  ConfigMap,
  ConfigNode,
  ConfigPath,
  Origin,
} from '../../domain/event-pipelines/config-node.js';

/** A configuration that people write has a few kilobytes. */
export const MAX_FILE_CHARS = 256 * 1024;
const MAX_DEPTH = 20;

export interface ConfigFile {
  readonly root: ConfigMap;
  readonly faults: readonly ConfigFault[];
}

/** A file of YAML 1.2 with the line of everything in it; aliases, tags of its own and more than one document are refused. */
export function readConfigFile(file: string, text: string): ConfigFile {
  return new FileReader(file).read(text);
}

class FileReader {
  private readonly faults: ConfigFault[] = [];
  private readonly lines = new LineCounter();

  constructor(private readonly file: string) {}

  read(text: string): ConfigFile {
    const node =
      text.length > MAX_FILE_CHARS ? this.refuse(0, `has more than ${MAX_FILE_CHARS} characters`) : this.parse(text);
    const isNothing = node === undefined || (node.kind === 'scalar' && node.value === null);
    if (node?.kind === 'map') return { root: node, faults: this.faults };
    if (!isNothing) this.fault([], node.origin, 'must be a map of keys to values');
    return { root: { kind: 'map', origin: { file: this.file, line: 1 }, entries: new Map() }, faults: this.faults };
  }

  private parse(text: string): ConfigNode | undefined {
    try {
      const document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true, prettyErrors: false });
      for (const { pos, code } of [...document.errors, ...document.warnings])
        this.refuse(pos[0], code === 'DUPLICATE_KEY' ? 'has a key that is there already' : `is not YAML (${code})`);
      if (this.faults.length > 0 || document.contents === null) return undefined;
      return this.node(document.contents, []);
    } catch (error) {
      // The parser calls itself for each level; its stack is what a file of brackets alone would use up.
      if (error instanceof RangeError) return this.refuse(0, 'is nested too deeply');
      throw error;
    }
  }

  private node(node: Node, path: ConfigPath): ConfigNode {
    const origin = this.originOf(node);
    if (path.length > MAX_DEPTH) this.fault(path, origin, 'is nested too deeply');
    else if (isMap(node)) return { kind: 'map', origin, entries: this.entries(node.items, path, origin) };
    else if (isSeq(node)) {
      // parseDocument makes nodes of all items
      return {
        kind: 'list',
        origin,
        items: node.items.map((item, index) => this.node(item as Node, [...path, index])),
      };
    } else if (isAlias(node)) this.fault(path, origin, 'is an alias; write it out');
    return { kind: 'scalar', origin, value: isScalar(node) ? this.scalar(node.value, path, origin) : null };
  }

  private entries(pairs: readonly Pair[], path: ConfigPath, origin: Origin): ReadonlyMap<string, ConfigEntry> {
    const entries = pairs.map(({ key, value }) => {
      if (!isScalar(key)) this.fault(path, origin, 'has a key that is no text');
      const name = isScalar(key) ? String(key.value) : '';
      const keyOrigin = isScalar(key) ? this.originOf(key) : origin;
      const nothing: ConfigNode = { kind: 'scalar', origin: keyOrigin, value: null };
      const node = value === null ? nothing : this.node(value as Node, [...path, name]);
      // `key:` with nothing behind it is a null that stands nowhere
      const isEmpty = node.kind === 'scalar' && node.value === null;
      return [name, { keyOrigin, node: isEmpty ? nothing : node }] as const;
    });
    return new Map(entries);
  }

  private scalar(value: unknown, path: ConfigPath, origin: Origin): string | number | boolean | null {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.fault(path, origin, 'is a number that cannot be kept');
    return null;
  }

  private originOf(node: { readonly range?: readonly [number, ...number[]] | null | undefined }): Origin {
    return { file: this.file, line: this.lines.linePos(node.range?.[0] ?? 0).line };
  }

  private refuse(offset: number, message: string): undefined {
    this.fault([], { file: this.file, line: Math.max(1, this.lines.linePos(offset).line) }, message);
  }

  private fault(path: ConfigPath, origin: Origin, message: string): void {
    this.faults.push({ path, origin, message });
  }
}
