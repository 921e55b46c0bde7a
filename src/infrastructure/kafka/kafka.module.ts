import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { bind } from '../bind.js';
import { KafkaSettings } from '../config/kafka.settings.js';
import { KafkaStreams } from './kafka-streams.js';

@Global()
@Module({
  providers: [
    bind(KafkaStreams, [KafkaSettings, Clock, Log, HealthProbes], (settings, clock, log, probes) => {
      const streams = new KafkaStreams(settings, { clock, log });
      if (streams.isConfigured) probes.register({ name: 'kafka', check: (signal) => streams.check(signal) });
      return streams;
    }),
  ],
  exports: [KafkaStreams],
})
export class KafkaModule implements OnApplicationShutdown {
  constructor(@Inject(KafkaStreams) private readonly streams: KafkaStreams) {}

  async onApplicationShutdown(): Promise<void> {
    await this.streams.close();
  }
}
