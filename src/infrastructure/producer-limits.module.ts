import { Global, Module } from '@nestjs/common';
import { ProducerLimits } from '../domain/event-pipelines/producer-limits.js';
import { bind } from './bind.js';
import { EventSettings } from './config/event.settings.js';

/** The settings of publishing events, as the limits its handlers hold. */
@Global()
@Module({
  providers: [bind(ProducerLimits, [EventSettings], (settings) => settings)],
  exports: [ProducerLimits],
})
export class ProducerLimitsModule {}
