import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { DomainSource } from '../../domain/event-pipelines/domain-source.js';
import { type ConfigSetting, DomainFiles } from '../../domain/ports/domain-files.port.js';

export interface ShownDomainConfig {
  readonly domain: string;
  /** Left out: none. */
  readonly environment?: string;
  /** Merged; secrets are still `${secret:KEY}`. */
  readonly config: DomainSource;
  /** Of every value, where it was set; only where it was asked for. */
  readonly settings?: readonly ConfigSetting[];
}

/** The merged configuration of a domain, without the values of its secrets. */
export class ShowDomainConfigQuery extends Query<ShownDomainConfig> {
  constructor(
    readonly domain: string,
    readonly options: {
      /** Unset: the one of the settings. */
      readonly environment?: string;
      /** Whether to tell which file set each value. */
      readonly isExplained?: boolean;
    } = {},
  ) {
    super();
  }
}

@QueryHandler(ShowDomainConfigQuery)
export class ShowDomainConfigHandler implements IQueryHandler<ShowDomainConfigQuery> {
  constructor(private readonly files: DomainFiles) {}

  async execute({ domain, options }: ShowDomainConfigQuery): Promise<ShownDomainConfig> {
    const { settings, ...shown } = await this.files.explain(domain, options.environment);
    return { domain, ...shown, ...(options.isExplained === true && { settings }) };
  }
}
