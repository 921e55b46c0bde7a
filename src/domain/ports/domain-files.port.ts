import type { DomainSource } from '../event-pipelines/domain-source.js';

/** A value, and the file that set it. */
export interface ConfigSetting {
  /** Keys and indexes with dots between them: `aggregations.0.window.duration`. */
  readonly path: string;
  /** A secret in it is shown as `${secret:KEY}`. */
  readonly value: unknown;
  /** From the folder of the configuration, such as `domains/ecommerce.yaml`; unset: the service's own default. */
  readonly file?: string;
  readonly line?: number;
}

/** A domain as its files say it: merged and checked, its secrets still references. */
export interface ExplainedDomain {
  /** Unset: none. */
  readonly environment?: string;
  readonly config: DomainSource;
  /** Of every value, in the order of `config`. */
  readonly settings: readonly ConfigSetting[];
}

/** Where the configuration of domains comes from, for people who look after it. No secret is read. */
export abstract class DomainFiles {
  /**
   * @param environment unset: the one the service was told, else none
   * @throws PenstockError `domain.unknown`, `environment.unknown`, `domain.invalid`
   */
  abstract explain(domain: string, environment?: string): Promise<ExplainedDomain>;
}
