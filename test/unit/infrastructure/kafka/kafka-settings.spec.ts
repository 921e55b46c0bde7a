import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../src/domain/errors.js';
import { KafkaSettings } from '../../../../src/infrastructure/config/kafka.settings.js';
import { readAll } from '../../../../src/infrastructure/config/settings.js';

function faultsOf(environment: Record<string, string>): string[] {
  try {
    readAll(environment);
    return [];
  } catch (cause) {
    return (cause as PenstockError).faults.map(({ path }) => path);
  }
}

const USER = { KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };

describe('the settings of Kafka', () => {
  it('are optional', () => {
    expect(readAll({}).get(KafkaSettings)).toMatchObject({ securityProtocol: 'PLAINTEXT', clientId: 'penstock' });
    expect(readAll({}).get(KafkaSettings).bootstrapServers).toBeUndefined();
  });

  it.each([
    [{ KAFKA_BOOTSTRAP_SERVERS: 'a:9092,b.example:9093' }, []],
    [{ KAFKA_BOOTSTRAP_SERVERS: 'a' }, ['KAFKA_BOOTSTRAP_SERVERS']],
    [{ KAFKA_BOOTSTRAP_SERVERS: 'a:9092, b:9092' }, ['KAFKA_BOOTSTRAP_SERVERS']],
    [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, ['KAFKA_SECURITY_PROTOCOL']],
    [{ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...USER }, []],
    [{ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }, ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', ...USER }, ['KAFKA_SECURITY_PROTOCOL']],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT_FILE: '/c' }, ['KAFKA_SSL_KEY_FILE']],
    [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_KEY_FILE: '/k' }, ['KAFKA_SSL_CERT_FILE']],
    [{ KAFKA_SASL_MECHANISM: 'GSSAPI' }, ['KAFKA_SASL_MECHANISM']],
    [{ KAFKA_COMPRESSION: 'brotli' }, ['KAFKA_COMPRESSION']],
  ])('%o have faults in %o', (environment, faults) => {
    expect(faultsOf(environment as Record<string, string>)).toEqual(faults);
  });
});
