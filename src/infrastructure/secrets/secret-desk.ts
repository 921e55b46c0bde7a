import pLimit from 'p-limit';
import { type Fault, PenstockError } from '../../domain/errors.js';
import type { SecretBackend } from '../../domain/event-pipelines/domain-source.js';
import type { SecretReference } from '../../domain/event-pipelines/secret-references.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { SecretStore } from '../../domain/ports/secret-store.port.js';

/** Where a backend's secrets are, and how to see whether it works. */
export interface Backend {
  readonly secrets: SecretStore;
  readonly check: (signal: AbortSignal) => Promise<void>;
}

/** Secrets that are asked for at once. */
const PARALLEL = 8;

/** Finds the values of references, all of them or none. */
export class SecretDesk {
  constructor(
    private readonly backends: Readonly<Record<SecretBackend, Backend>>,
    private readonly otherwise: SecretBackend,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param backend unset: the one of the settings
   * @throws PenstockError `secret.missing` with every key that is not there and where it is referred to, or what else keeps
   * the backend from answering (`secret.refused`, `secret.invalid`, `secret.unreachable`)
   */
  async resolve(
    backend: SecretBackend | undefined,
    references: readonly SecretReference[],
  ): Promise<ReadonlyMap<string, string>> {
    const name = backend ?? this.otherwise;
    const { secrets } = this.backends[name];
    const turn = pLimit(PARALLEL);
    const keys = [...new Set(references.map(({ key }) => key))];
    const found = await Promise.all(
      keys.map((key) => turn(async () => [key, await secrets.read(key).then(({ value }) => value, kept)] as const)),
    );
    for (const [, value] of found)
      this.metrics.count('penstock_secret_lookups_total', { backend: name, outcome: outcomeOf(value) });
    const failed = new Map(found.flatMap(([key, value]) => (value instanceof PenstockError ? [[key, value]] : [])));
    if (failed.size > 0) throw refusal(name, failed, references);
    return new Map(found.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
  }

  async check(backend: SecretBackend | undefined, signal: AbortSignal): Promise<void> {
    await this.backends[backend ?? this.otherwise].check(signal);
  }
}

function outcomeOf(value: string | PenstockError): string {
  if (typeof value === 'string') return 'found';
  return value.code === 'secret.unknown' ? 'missing' : 'failed';
}

function kept(error: unknown): PenstockError {
  if (error instanceof PenstockError) return error;
  throw error;
}

function refusal(
  backend: SecretBackend,
  failed: ReadonlyMap<string, PenstockError>,
  references: readonly SecretReference[],
): PenstockError {
  const faults = references.flatMap(({ key, path, origin }): Fault[] => {
    const why = failed.get(key);
    if (why === undefined) return [];
    const place = `${origin.file ?? 'default'}:${origin.line} ${path.join('.')}`;
    return [{ path: place, message: `\${secret:${key}}: ${why.message}` }];
  });
  const other = [...failed.values()].find(({ code }) => code !== 'secret.unknown');
  if (other !== undefined) return new PenstockError(other.code, other.message, { faults, cause: other });
  const keys = failed.size === 1 ? 'A secret is' : `${failed.size} secrets are`;
  return new PenstockError('secret.missing', `${keys} not in the backend "${backend}".`, { faults });
}
