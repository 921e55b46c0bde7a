import { Global, Module } from '@nestjs/common';
import { FollowLimits } from '../domain/event-pipelines/follow-limits.js';
import { bind } from './bind.js';
import { FollowSettings } from './config/follow.settings.js';

/** The settings of following windows, as the limits its worker holds. */
@Global()
@Module({
  providers: [bind(FollowLimits, [FollowSettings], (settings) => settings)],
  exports: [FollowLimits],
})
export class FollowLimitsModule {}
