import { Module } from '@nestjs/common';
import { FollowChangesHandler } from './follow-changes.query.js';
import { ListAlertsHandler } from './list-alerts.query.js';

@Module({ providers: [FollowChangesHandler, ListAlertsHandler] })
export class WindowChangesModule {}
