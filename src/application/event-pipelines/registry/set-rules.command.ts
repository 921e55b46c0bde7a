import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { checkedRules, type GivenRules } from '../../../domain/event-pipelines/registry-mode.js';
import { RegistryRules, type RegistryRuleSet } from '../../../domain/ports/registry-rules.port.js';

/** Set the compatibility level or the mode of a subject or, without one, of all. */
export class SetRegistryRulesCommand extends Command<RegistryRuleSet> {
  constructor(
    readonly subject: string | undefined,
    readonly given: GivenRules,
    readonly force: boolean,
  ) {
    super();
  }
}

@CommandHandler(SetRegistryRulesCommand)
export class SetRegistryRulesHandler implements ICommandHandler<SetRegistryRulesCommand> {
  constructor(private readonly rules: RegistryRules) {}

  async execute({ subject, given, force }: SetRegistryRulesCommand): Promise<RegistryRuleSet> {
    const rules = checkedRules(given);
    await this.rules.set(subject, rules, force);
    return rules;
  }
}
