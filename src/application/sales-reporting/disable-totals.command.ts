import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import { parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import type { TotalsState } from '../../domain/sales-reporting/totals-state.js';

/** Forget the totals of a table, and take the triggers away from it; its reports read rows from then on. */
export class DisableTotalsCommand extends Command<TotalsState> {
  constructor(readonly table: string) {
    super();
  }
}

@CommandHandler(DisableTotalsCommand)
export class DisableTotalsHandler implements ICommandHandler<DisableTotalsCommand> {
  constructor(private readonly totals: SalesTotals) {}

  async execute({ table }: DisableTotalsCommand): Promise<TotalsState> {
    const name = parseQualifiedName(table);
    await this.totals.disable(name);
    return this.totals.state(name);
  }
}
