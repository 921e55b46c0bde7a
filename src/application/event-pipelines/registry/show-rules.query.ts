import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RegistryRules, type RegistryRuleSet } from '../../../domain/ports/registry-rules.port.js';

/** What holds for a subject or, without one, for all. */
export class ShowRegistryRulesQuery extends Query<RegistryRuleSet> {
  constructor(
    readonly subject: string | undefined,
    readonly inherited: boolean,
  ) {
    super();
  }
}

@QueryHandler(ShowRegistryRulesQuery)
export class ShowRegistryRulesHandler implements IQueryHandler<ShowRegistryRulesQuery> {
  constructor(private readonly rules: RegistryRules) {}

  execute({ subject, inherited }: ShowRegistryRulesQuery): Promise<RegistryRuleSet> {
    return this.rules.read(subject, inherited);
  }
}
