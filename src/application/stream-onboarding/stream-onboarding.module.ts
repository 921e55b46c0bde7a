import { type FactoryProvider, Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { DeadLetters } from '../../domain/ports/dead-letters.port.js';
import { EventCodec } from '../../domain/ports/event-codec.port.js';
import { EventTables } from '../../domain/ports/event-tables.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { StreamTables } from '../../domain/ports/stream-tables.port.js';
import { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';
import { AuthenticateHandler } from './authenticate.command.js';
import { CallerSessions } from './caller-sessions.js';
import { ConnectorPorts } from './connector-life.js';
import { CreateStreamTableHandler } from './create-stream-table.command.js';
import { DiscardDeadLettersHandler } from './discard-dead-letters.command.js';
import { ListConnectorsHandler } from './list-connectors.query.js';
import { ListDatabasesHandler } from './list-databases.query.js';
import { ListDeadLettersHandler } from './list-dead-letters.query.js';
import { ListSourcesHandler } from './list-sources.query.js';
import { ListStreamsHandler } from './list-streams.query.js';
import { PauseConnectorHandler } from './pause-connector.command.js';
import { RemoveConnectorHandler } from './remove-connector.command.js';
import { ReplayPorts } from './replay-claim.js';
import { ReplayDeadLettersHandler } from './replay-dead-letters.command.js';
import { ResumeConnectorHandler } from './resume-connector.command.js';
import { RunQueryHandler } from './run-query.query.js';
import { SampleStreamHandler } from './sample-stream.query.js';
import { ShowConnectorHandler } from './show-connector.query.js';
import { StreamAccess } from './stream-access.js';

type Class<T, D extends readonly unknown[]> = new (...dependencies: D) => T;
type Tokens<D extends readonly unknown[]> = { [K in keyof D]: abstract new (...args: never[]) => D[K] };

/** A class without decorators, made from what stands behind it; the compiler checks that it fits. */
function provide<T, D extends readonly unknown[]>(made: Class<T, D>, ...from: Tokens<D>): FactoryProvider<T> {
  return { provide: made, inject: [...from], useFactory: (...dependencies: D) => new made(...dependencies) };
}

@Module({
  providers: [
    provide(CallerSessions, Clock, OnboardingLimits),
    provide(ConnectorPorts, Connectors, StreamTables, ShardLeases),
    provide(ReplayPorts, StreamTables, DeadLetters, EventCodec, EventTables),
    provide(StreamAccess, StreamSource, CallerSessions),
    AuthenticateHandler,
    CreateStreamTableHandler,
    DiscardDeadLettersHandler,
    ListConnectorsHandler,
    ListDatabasesHandler,
    ListDeadLettersHandler,
    ListSourcesHandler,
    ListStreamsHandler,
    PauseConnectorHandler,
    RemoveConnectorHandler,
    ReplayDeadLettersHandler,
    ResumeConnectorHandler,
    RunQueryHandler,
    SampleStreamHandler,
    ShowConnectorHandler,
  ],
})
export class StreamOnboardingModule {}
