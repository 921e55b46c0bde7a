import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeys } from '../domain/ports/api-keys.port.js';
import { Clock } from '../domain/ports/clock.port.js';
import { HealthProbes } from '../domain/ports/health-probe.port.js';
import type { Log } from '../domain/ports/log.port.js';
import { OpenAccess } from './access/open-access.js';
import { bind } from './bind.js';
import { SystemClock } from './clock/system-clock.js';
import type { AccessSettings } from './config/access.settings.js';
import { RegisteredHealthProbes } from './health/registered-health-probes.js';

/** The ports of the service itself: time, keys, probes. */
@Module({})
export class OperationPortsModule {
  /** Without keys, as in a command, whoever runs the process may do everything. */
  static of(apiKeys: ApiKeys = new OpenAccess()): DynamicModule {
    const providers = [
      bind(Clock, [], () => new SystemClock()),
      bind(HealthProbes, [], () => new RegisteredHealthProbes()),
      bind(ApiKeys, [], () => apiKeys),
    ];
    return { module: OperationPortsModule, global: true, providers, exports: [Clock, HealthProbes, ApiKeys] };
  }
}

/** Read before Nest starts, so that a file with faults is told like every other wrong setting. */
export async function openApiKeys({ apiKeysFile }: AccessSettings, log: Log): Promise<ApiKeys> {
  if (apiKeysFile === undefined) return new OpenAccess();
  const { FileApiKeys } = await import('./access/file-api-keys.js');
  return FileApiKeys.open(apiKeysFile, new SystemClock(), log);
}
