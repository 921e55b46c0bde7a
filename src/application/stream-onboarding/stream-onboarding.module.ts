import { Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';
import { AuthenticateHandler } from './authenticate.command.js';
import { CallerSessions } from './caller-sessions.js';
import { CreateStreamTableHandler } from './create-stream-table.command.js';
import { DiscardDeadLettersHandler } from './discard-dead-letters.command.js';
import { ListConnectorsHandler } from './list-connectors.query.js';
import { ListDatabasesHandler } from './list-databases.query.js';
import { ListDeadLettersHandler } from './list-dead-letters.query.js';
import { ListSourcesHandler } from './list-sources.query.js';
import { ListStreamsHandler } from './list-streams.query.js';
import { PauseConnectorHandler } from './pause-connector.command.js';
import { RemoveConnectorHandler } from './remove-connector.command.js';
import { ReplayDeadLettersHandler } from './replay-dead-letters.command.js';
import { ResumeConnectorHandler } from './resume-connector.command.js';
import { RunQueryHandler } from './run-query.query.js';
import { SampleStreamHandler } from './sample-stream.query.js';
import { ShowConnectorHandler } from './show-connector.query.js';

@Module({
  providers: [
    {
      provide: CallerSessions,
      inject: [Clock, OnboardingLimits],
      useFactory: (clock: Clock, limits: OnboardingLimits) => new CallerSessions(clock, limits),
    },
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
