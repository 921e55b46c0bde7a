import { Admin, Consumer, Producer } from '@platformatic/kafka';
import type { Log } from '../../src/domain/ports/log.port.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { KafkaSettings } from '../../src/infrastructure/config/kafka.settings.js';
import { openKafka } from '../../src/infrastructure/kafka/open-kafka.js';

/** A broker that somebody has started for the tests, `host:port`; they need one that creates no topics by itself. */
export const TEST_BROKERS = process.env['KAFKA_TEST_BROKERS'];

/** The same broker's address for whoever shows a user and a password, and over TLS with the certificate to trust. */
export const TEST_GUARDED = {
  sasl: process.env['KAFKA_TEST_SASL_BROKERS'],
  saslSsl: process.env['KAFKA_TEST_SASL_SSL_BROKERS'],
  caFile: process.env['KAFKA_TEST_CA_FILE'],
};

/** Stands in the name of what is skipped. */
export const HOW_TO =
  TEST_BROKERS === undefined ? ' (skipped: start `node scripts/kafka-broker.mjs`, give KAFKA_TEST_BROKERS)' : '';

/** What was logged as an error or a warning. */
export class NotedLog implements Log {
  readonly errors: { message: string; error?: unknown; fields?: unknown }[] = [];
  debug(): void {}
  info(): void {}
  warning(message: string, fields?: unknown): void {
    this.errors.push({ message, fields });
  }
  error(message: string, error: unknown, fields?: unknown): void {
    this.errors.push({ message, error, fields });
  }
}

/** Kafka's adapters, as a process of its own would have them. */
export function kafkaAt(bootstrapServers: string, more: Partial<KafkaSettings> = {}) {
  const log = new NotedLog();
  const quick = { bootstrapServers, pollMs: 20, patienceMs: 20_000 };
  const settings = Object.assign(new KafkaSettings(), quick, more);
  return { ...openKafka(settings, { clock: new SystemClock(), log }), log };
}

/** Where nobody answers, and whoever asks hears it soon. */
export const NO_BROKER = ['127.0.0.1:9', { patienceMs: 500, requestTimeoutMs: 500 }] as const;

/** Clients of the broker that are not ours. */
export function foreignClients(broker: string) {
  const options = { clientId: 'foreign', bootstrapBrokers: [broker], retries: 10, retryDelay: 200 };
  const admin = new Admin(options);
  // Otherwise a partition without a leader yet would have the records of the others written twice.
  const producer = new Producer({ ...options, idempotent: true });
  const consumer = new Consumer({ ...options, groupId: 'foreign' });
  return {
    admin,
    producer,
    consumer,
    close: async (): Promise<void> => {
      await Promise.all([admin.close(), producer.close(), Promise.resolve(consumer.close(true))]);
    },
  };
}
