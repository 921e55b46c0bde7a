import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { OperationModule } from './application/operation/operation.module.js';
import type { Capability } from './capabilities.js';
import type { ApiKeys } from './domain/ports/api-keys.port.js';
import type { Settings } from './infrastructure/config/settings.js';
import { SettingsModule } from './infrastructure/config/settings.module.js';
import { LoggingModule } from './infrastructure/logging/logging.module.js';
import type { ServiceLogger } from './infrastructure/logging/service-logger.js';
import { MetricsModule } from './infrastructure/metrics/metrics.module.js';
import { OperationPortsModule } from './infrastructure/operation-ports.module.js';

/** What a process is made of. */
export interface Composition {
  readonly settings: Settings;
  readonly logger: ServiceLogger;
  /** In a process that listens. */
  readonly apiKeys?: ApiKeys;
  readonly capabilities: readonly Capability[];
  /** The frame of the HTTP driver, in a process that listens; its metrics are scraped then. */
  readonly frame?: DynamicModule;
  /** Whether the capabilities' routes are served. */
  readonly routes: boolean;
  /** Whether the capabilities' workers run. */
  readonly workers: boolean;
}

@Module({})
class AppModule {}

/** The root module of a process, with nothing in it that the process does not need. */
export async function appModule(composition: Composition): Promise<DynamicModule> {
  const { settings, logger, apiKeys, frame } = composition;
  return {
    module: AppModule,
    imports: [
      CqrsModule.forRoot(),
      SettingsModule.of(settings),
      LoggingModule.of(logger),
      OperationPortsModule.of(apiKeys),
      await MetricsModule.of(frame !== undefined),
      OperationModule,
      ...(frame === undefined ? [] : [frame]),
      ...(await capabilityModules(composition)),
    ],
  };
}

async function capabilityModules({ capabilities, routes, workers }: Composition): Promise<(DynamicModule | Type)[]> {
  const wanted = capabilities.flatMap(({ handlers, http, workers: work }) => [
    handlers,
    ...(routes && http ? [http] : []),
    ...(workers && work ? [work] : []),
  ]);
  const loaded = await Promise.all(wanted.map((load) => load()));
  return loaded.flat();
}
