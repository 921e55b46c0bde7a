import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EngineRoom } from '../../domain/ports/engine-room.port.js';
import { bind } from '../bind.js';
import { HomeSettings } from '../config/home.settings.js';
import { EmbeddedEngines } from './engines.js';
import { SupervisedEngines } from './supervised-engines.js';

const supervised = {
  provide: SupervisedEngines,
  inject: [HomeSettings],
  useFactory: ({ home, startTimeoutMs }: HomeSettings) => new SupervisedEngines({ home, startTimeoutMs }),
};

/** The embedded engines, started by whoever first asks for one; wants `HomeSettings` from a global module. */
@Global()
@Module({
  providers: [
    supervised,
    bind(EmbeddedEngines, [SupervisedEngines], (engines) => engines),
    bind(EngineRoom, [SupervisedEngines], (engines) => engines),
  ],
  exports: [EmbeddedEngines, EngineRoom],
})
export class EmbeddedModule implements OnApplicationShutdown {
  private readonly logger = new Logger('Engines');

  constructor(@Inject(SupervisedEngines) private readonly engines: SupervisedEngines) {
    engines.onStep(({ text }) => this.logger.log(text));
  }

  /** Nest's last step: whatever still uses an engine on its way down does so in an earlier one. */
  async onApplicationShutdown(): Promise<void> {
    await this.engines.close();
  }
}
