import { Module } from '@nestjs/common';
import { CountPerMinuteHandler } from './count-per-minute.command.js';
import { PublishSessionsHandler } from './publish-sessions.command.js';

@Module({ providers: [CountPerMinuteHandler, PublishSessionsHandler] })
export class DemonstrationModule {}
