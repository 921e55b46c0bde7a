import { type DynamicModule, Global, Module } from '@nestjs/common';
import { StreamOnboardingModule } from '../../src/application/stream-onboarding/stream-onboarding.module.js';
import type { Capability } from '../../src/capabilities.js';
import { Connectors } from '../../src/domain/ports/connectors.port.js';
import { DeadLetters } from '../../src/domain/ports/dead-letters.port.js';
import { EventCodec } from '../../src/domain/ports/event-codec.port.js';
import { EventTables } from '../../src/domain/ports/event-tables.port.js';
import { ShardLeases } from '../../src/domain/ports/shard-leases.port.js';
import { StreamSource } from '../../src/domain/ports/stream-source.port.js';
import { StreamTables } from '../../src/domain/ports/stream-tables.port.js';
import { type PagedQuery, WarehouseQueries } from '../../src/domain/ports/warehouse-queries.port.js';
import { OnboardingLimits } from '../../src/domain/stream-onboarding/onboarding-limits.js';
import { StreamOnboardingHttpModule } from '../../src/interfaces/http/stream-onboarding/stream-onboarding-http.module.js';
import { NO_CODEC, NO_EVENT_TABLES } from './no-events.js';
import { MemoryConnectors, MemoryDeadLetters, MemoryLeases, MemoryStreams, MemoryTables } from './onboarding-memory.js';

/** The stores behind the routes, for the test to look into. */
export class OnboardingWorld {
  readonly streams = new MemoryStreams();
  readonly connectors = new MemoryConnectors();
  readonly tables = new MemoryTables();
  readonly leases = new MemoryLeases();
  readonly letters = new MemoryDeadLetters();
  readonly asked: PagedQuery[] = [];
}

@Global()
@Module({})
class WorldModule {
  static of(world: OnboardingWorld): DynamicModule {
    const queries: WarehouseQueries = {
      databases: async () => ({ default: ['clicks'] }),
      run: async (query) => {
        world.asked.push(query);
        return { columns: [{ name: 'n', type: 'UInt64' }], rows: [{ n: '1' }], totalRows: 201 };
      },
    };
    const limits = { defaultDatabase: 'default', sessionTtlMs: 60_000, maxSessions: 10, queryTimeoutMs: 1000 };
    const bound = [
      [StreamSource, world.streams],
      [Connectors, world.connectors],
      [StreamTables, world.tables],
      [ShardLeases, world.leases],
      [DeadLetters, world.letters],
      [WarehouseQueries, queries],
      [OnboardingLimits, limits],
      [EventCodec, NO_CODEC],
      [EventTables, NO_EVENT_TABLES],
    ] as const;
    const providers = bound.map(([provide, useValue]) => ({ provide, useValue }));
    return { module: WorldModule, providers, exports: providers };
  }
}

/** stream-onboarding as the service serves it, over stores that the test holds. */
export function onboardingOver(world: OnboardingWorld): Capability {
  return {
    name: 'stream-onboarding',
    handlers: async () => [WorldModule.of(world), StreamOnboardingModule],
    http: async () => [StreamOnboardingHttpModule],
  };
}
