import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RegistryRules, type RegistryRuleSet } from '../../../domain/ports/registry-rules.port.js';

/** Take a rule back: the one of all holds for the subject again or, without one, the default for all. */
export class RemoveRegistryRuleCommand extends Command<RegistryRuleSet> {
  constructor(
    readonly subject: string | undefined,
    readonly rule: keyof RegistryRuleSet,
  ) {
    super();
  }
}

@CommandHandler(RemoveRegistryRuleCommand)
export class RemoveRegistryRuleHandler implements ICommandHandler<RemoveRegistryRuleCommand> {
  constructor(private readonly rules: RegistryRules) {}

  execute({ subject, rule }: RemoveRegistryRuleCommand): Promise<RegistryRuleSet> {
    return this.rules.remove(subject, rule);
  }
}
