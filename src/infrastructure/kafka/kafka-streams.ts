import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { StreamSink } from '../../domain/ports/stream-sink.port.js';
import type { StreamSource } from '../../domain/ports/stream-source.port.js';
import type { KafkaSettings } from '../config/kafka.settings.js';

interface Opened {
  readonly source: StreamSource;
  readonly sink: StreamSink;
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The adapters of Kafka, and the client with them: loaded when a topic is named for the first time. */
export class KafkaStreams {
  private opened: Promise<Opened> | undefined;
  private isClosed = false;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly ports: { readonly clock: Clock; readonly log: Log },
  ) {}

  get isConfigured(): boolean {
    return this.settings.bootstrapServers !== undefined;
  }

  /** @throws PenstockError `stream.unknown` where no brokers are configured */
  async source(): Promise<StreamSource> {
    return (await this.open()).source;
  }

  /** @throws PenstockError `stream.unknown` where no brokers are configured */
  async sink(): Promise<StreamSink> {
    return (await this.open()).sink;
  }

  async check(signal: AbortSignal): Promise<void> {
    await (await this.open()).check(signal);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await (await this.opened?.catch(() => undefined))?.close();
  }

  private open(): Promise<Opened> {
    this.opened ??= this.load();
    return this.opened;
  }

  private async load(): Promise<Opened> {
    if (!this.isConfigured) {
      throw new PenstockError('stream.unknown', 'There are no topics of Kafka: KAFKA_BOOTSTRAP_SERVERS is not set.');
    }
    if (this.isClosed) throw new PenstockError('service.stopping', 'The connections to Kafka are closed.');
    const { openKafka } = await import('./open-kafka.js');
    return openKafka(this.settings, this.ports);
  }
}
