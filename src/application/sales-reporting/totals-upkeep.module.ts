import { Inject, Module, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { ReportsModule } from './reports.module.js';
import { TotalsUpkeep } from './totals-upkeep.js';

/** Looks after totals for as long as the process serves; a command ends when it has answered, and does not. */
@Module({ imports: [ReportsModule] })
export class TotalsUpkeepModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(TotalsUpkeep) private readonly upkeep: TotalsUpkeep) {}

  onApplicationBootstrap(): void {
    this.upkeep.open();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.upkeep.close();
  }
}
