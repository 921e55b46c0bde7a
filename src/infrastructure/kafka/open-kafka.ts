import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { KafkaSettings } from '../config/kafka.settings.js';
import { GroupOffsets } from './group-offsets.js';
import { KafkaCluster } from './kafka-cluster.js';
import { KafkaStreamSink } from './kafka-stream-sink.js';
import { KafkaStreamSource } from './kafka-stream-source.js';

/** Both adapters over the clients of one cluster. */
export function openKafka(settings: KafkaSettings, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
  const cluster = new KafkaCluster(settings);
  const offsets = new GroupOffsets({ cluster, clock, log });
  const sink = new KafkaStreamSink(cluster, clock, settings);
  return {
    source: new KafkaStreamSource({ cluster, clock, log, offsets }, settings),
    sink,
    check: (signal: AbortSignal) => cluster.check(signal),
    close: async () => {
      await Promise.all([offsets.close(), sink.close()]);
      await cluster.close();
    },
  };
}
