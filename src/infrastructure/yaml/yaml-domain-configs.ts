import { PenstockError } from '../../domain/errors.js';
import type { ConfigFault } from '../../domain/event-pipelines/config-look.js';
import { checkDomain } from '../../domain/event-pipelines/check-domain.js';
import { type ConfigMap, isPlainList, leavesOf, nodeOf, valueOf } from '../../domain/event-pipelines/config-node.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { DOMAIN_DEFAULTS, type DomainSource, type SecretBackend } from '../../domain/event-pipelines/domain-source.js';
import { layerConfig } from '../../domain/event-pipelines/layer-config.js';
import { readDomain } from '../../domain/event-pipelines/read-domain.js';
import { type SecretReference, secretReferences, withSecrets } from '../../domain/event-pipelines/secret-references.js';
import type { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import type { ConfigSetting, DomainFiles, ExplainedDomain } from '../../domain/ports/domain-files.port.js';
import { given } from '../../domain/shared/given.js';
import type { ConfigFile } from './config-file.js';
import type { ConfigFolder } from './config-folder.js';
import type { DomainShape } from './domain-shape.js';

export interface DomainConfigsOptions {
  /** Of those who name none. */
  readonly environment: string | undefined;
  /** How old the value of a secret may be. */
  readonly secretsMaxAgeMs: number;
  readonly nowMs: () => number;
  /** Loaded with the first domain. */
  readonly shape: () => Promise<DomainShape>;
  /** @throws PenstockError `secret.missing` with all keys that the backend does not have, `secret.refused`, … */
  readonly resolve: (
    backend: SecretBackend | undefined,
    references: readonly SecretReference[],
  ) => Promise<ReadonlyMap<string, string>>;
}

/** A domain whose files were merged and found right. */
interface MergedDomain {
  readonly files: readonly ConfigFile[];
  readonly root: ConfigMap;
  readonly shape: DomainShape;
  readonly references: readonly SecretReference[];
  resolved: { readonly domain: DomainConfig; readonly atMs: number } | undefined;
  resolving: Promise<DomainConfig> | undefined;
}

/** More faults than this help nobody. */
const MAX_FAULTS = 100;

/** Domains as YAML files; what was read of files that have not changed since is not read again. */
export class YamlDomainConfigs implements DomainConfigs, DomainFiles {
  private readonly merged = new Map<string, MergedDomain>();
  private shape: Promise<DomainShape> | undefined;

  constructor(
    private readonly folder: ConfigFolder,
    private readonly options: DomainConfigsOptions,
  ) {}

  list(): Promise<string[]> {
    return this.folder.domains();
  }

  async load(domain: string, environment?: string): Promise<DomainConfig> {
    const merged = await this.merge(domain, environment);
    const { resolved, references } = merged;
    const isOld = this.options.nowMs() - (resolved?.atMs ?? 0) >= this.options.secretsMaxAgeMs;
    if (resolved !== undefined && (references.length === 0 || !isOld)) return resolved.domain;
    // Whoever else wants it meanwhile waits for the same look at the secrets.
    merged.resolving ??= this.resolve(domain, merged).finally(() => (merged.resolving = undefined));
    return merged.resolving;
  }

  async explain(domain: string, environment = this.options.environment): Promise<ExplainedDomain> {
    const { root } = await this.merge(domain, environment);
    const settings = [...leavesOf(root, [], isPlainList)].map(({ path, node }): ConfigSetting => {
      const { file, line } = node.origin;
      return { path: path.join('.'), value: valueOf(node), ...(file !== undefined && { file, line }) };
    });
    return { ...given({ environment }), config: sourceOf(root), settings };
  }

  /** Where the secrets of all domains are looked up, those that have some; files with faults are passed over. */
  async backends(): Promise<ReadonlySet<SecretBackend | undefined>> {
    const names = await this.list();
    const domains = await Promise.all(names.map((name) => this.merge(name, undefined).catch(() => undefined)));
    const wanting = domains.filter((domain) => domain !== undefined && domain.references.length > 0);
    return new Set(wanting.map((domain) => domain && backendOf(domain.root)));
  }

  private async merge(domain: string, environment = this.options.environment): Promise<MergedDomain> {
    const files = await this.folder.files(domain, environment);
    this.shape ??= this.options.shape();
    const shape = await this.shape;
    // Nothing is waited for from here on, so that all who ask at once get the same.
    const place = `${environment ?? ''}/${domain}`;
    const known = this.merged.get(place);
    if (known?.files.length === files.length && files.every((file, index) => file === known.files[index])) return known;
    const unread = files.flatMap(({ faults }) => faults);
    if (unread.length > 0) throw invalid(domain, unread);
    const root = shape.inOrder(layerConfig([DEFAULTS, ...files.map((file) => file.root)]));
    const faults = faultsOf(root, shape);
    if (faults.length > 0) throw invalid(domain, faults);
    const references = secretReferences(root);
    const merged = { files, root, shape, references, resolved: undefined, resolving: undefined };
    this.merged.set(place, merged);
    return merged;
  }

  /** A backend that does not answer is no reason to give up values that may still be right. */
  private async resolve(domain: string, merged: MergedDomain): Promise<DomainConfig> {
    const atMs = this.options.nowMs();
    try {
      const root = merged.references.length === 0 ? merged.root : await this.withSecrets(domain, merged);
      merged.resolved = { domain: readDomain(domain, sourceOf(root)), atMs };
    } catch (error) {
      const isPassing = error instanceof PenstockError && error.code === 'secret.unreachable';
      if (merged.resolved === undefined || !isPassing) throw error;
      merged.resolved = { ...merged.resolved, atMs };
    }
    return merged.resolved.domain;
  }

  private async withSecrets(domain: string, { root, shape, references }: MergedDomain): Promise<ConfigMap> {
    const values = await this.options.resolve(backendOf(root), references);
    const resolved = withSecrets(root, values);
    const secret = new Set(references.map(({ path }) => path.join('.')));
    const faults = faultsOf(resolved, shape);
    // What is said of a value may tell something of it.
    const silent = faults.map((fault) =>
      secret.has(fault.path.join('.')) ? { ...fault, message: 'cannot be what its secret says' } : fault,
    );
    if (silent.length > 0) throw invalid(domain, silent);
    return resolved;
  }
}

function faultsOf(root: ConfigMap, shape: DomainShape): ConfigFault[] {
  return [...shape.faults(root), ...checkDomain(root)];
}

const DEFAULTS = nodeOf(DOMAIN_DEFAULTS) as ConfigMap; // of an object

/** What has passed all checks has this shape. */
function sourceOf(root: ConfigMap): DomainSource {
  return valueOf(root) as unknown as DomainSource;
}

function backendOf(root: ConfigMap): SecretBackend | undefined {
  return sourceOf(root).secrets?.backend;
}

function invalid(domain: string, faults: readonly ConfigFault[]): PenstockError {
  const inOrder = faults.toSorted(byPlace).slice(0, MAX_FAULTS);
  const told = inOrder.map(({ path, origin, message }) => {
    return { path: `${origin.file ?? 'default'}:${origin.line} ${path.join('.')}`.trimEnd(), message };
  });
  return new PenstockError('domain.invalid', `The configuration of the domain "${domain}" is not right.`, {
    faults: told,
  });
}

function byPlace(one: ConfigFault, other: ConfigFault): number {
  const [file, otherFile] = [one.origin.file ?? '', other.origin.file ?? ''];
  if (file !== otherFile) return file < otherFile ? -1 : 1;
  return one.origin.line - other.origin.line;
}
