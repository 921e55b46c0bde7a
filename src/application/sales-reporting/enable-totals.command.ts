import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import { parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import type { TotalsState } from '../../domain/sales-reporting/totals-state.js';

/** Keep totals with the rows of a table from now on, and read those of what it holds already. Again: of what is new. */
export class EnableTotalsCommand extends Command<TotalsState> {
  constructor(readonly table: string) {
    super();
  }
}

@CommandHandler(EnableTotalsCommand)
export class EnableTotalsHandler implements ICommandHandler<EnableTotalsCommand> {
  constructor(private readonly totals: SalesTotals) {}

  async execute({ table }: EnableTotalsCommand): Promise<TotalsState> {
    const name = parseQualifiedName(table);
    await this.totals.enable(name);
    await this.totals.rebuild(name);
    await this.totals.fold(name);
    await this.totals.keepAllSoFar(name);
    return this.totals.state(name);
  }
}
