import { Global, Module } from '@nestjs/common';
import { CopyLimits } from '../domain/stream-onboarding/copy-limits.js';
import { OnboardingLimits } from '../domain/stream-onboarding/onboarding-limits.js';
import { bind } from './bind.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { CopySettings } from './config/copy.settings.js';
import { OnboardingSettings } from './config/onboarding.settings.js';

/** The settings of stream-onboarding, as the limits its handlers hold. */
@Global()
@Module({
  providers: [
    bind(CopyLimits, [CopySettings], (settings) => settings),
    bind(OnboardingLimits, [OnboardingSettings, ClickhouseSettings], (settings, { database }) => ({
      defaultDatabase: database,
      sessionTtlMs: settings.sessionTtlMs,
      maxSessions: settings.maxSessions,
      queryTimeoutMs: settings.queryTimeoutMs,
    })),
  ],
  exports: [CopyLimits, OnboardingLimits],
})
export class StreamLimitsModule {}
