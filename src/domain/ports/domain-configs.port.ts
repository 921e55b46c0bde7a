import type { DomainConfig } from '../event-pipelines/domain-config.js';

/** The domains that are configured: `platform.yaml`, `environments/{environment}.yaml`, `domains/{domain}.yaml`. */
export abstract class DomainConfigs {
  /** Names of all domains, in order. */
  abstract list(): Promise<string[]>;

  /**
   * A domain as it is after all its files were merged and its secrets resolved.
   *
   * @param environment unset: the one the service was told, else none
   * @throws PenstockError `domain.unknown`, `environment.unknown`, `domain.invalid` (with file, line and path of each
   *   fault), `secret.missing` (all keys that no backend has)
   */
  abstract load(domain: string, environment?: string): Promise<DomainConfig>;
}
