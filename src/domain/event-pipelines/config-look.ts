import { type ConfigNode, type ConfigPath, type ConfigScalar, nodeAt, type Origin } from './config-node.js';
import { hasSecret } from './secret-references.js';

/** Something wrong in a configuration, and where. */
export interface ConfigFault {
  readonly path: ConfigPath;
  readonly origin: Origin;
  readonly message: string;
}

/**
 * A place in a configuration whose shape nobody has checked, or that was found to be wrong: what is not as it should be
 * reads as undefined, so that everything else can still be looked at.
 */
export class ConfigLook {
  constructor(
    readonly node: ConfigNode,
    readonly path: ConfigPath,
    private readonly faults: ConfigFault[],
  ) {}

  /** Undefined: there is no such key. */
  at(...steps: readonly (string | number)[]): ConfigLook | undefined {
    const node = nodeAt(this.node, steps);
    return node === undefined ? undefined : new ConfigLook(node, [...this.path, ...steps], this.faults);
  }

  get items(): readonly ConfigLook[] {
    if (this.node.kind !== 'list') return [];
    return this.node.items.map((item, index) => new ConfigLook(item, [...this.path, index], this.faults));
  }

  get entries(): readonly (readonly [key: string, value: ConfigLook])[] {
    if (this.node.kind !== 'map') return [];
    return [...this.node.entries].map(
      ([key, { node }]) => [key, new ConfigLook(node, [...this.path, key], this.faults)] as const,
    );
  }

  get scalar(): ConfigScalar | undefined {
    return this.node.kind === 'scalar' ? this.node.value : undefined;
  }

  /** Undefined also where a secret will stand, of which nothing is known yet. */
  get text(): string | undefined {
    return typeof this.scalar === 'string' && !hasSecret(this.scalar) ? this.scalar : undefined;
  }

  fault(message: string): void {
    this.faults.push({ path: this.path, origin: this.node.origin, message });
  }
}
