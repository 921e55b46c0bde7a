import { describe, expect, it } from 'vitest';
import type { KafkaSettings } from '../../src/infrastructure/config/kafka.settings.js';
import { freshName } from '../support/engine-of.js';
import { HOW_TO, kafkaAt, TEST_GUARDED } from '../support/kafka-broker.js';

const { sasl = '', saslSsl = '', caFile = '' } = TEST_GUARDED;
const USER = { saslUsername: 'penstock', saslPassword: 'penstock-local' };

type Way = Partial<KafkaSettings>;

async function codeOf(broker: string, way: Way): Promise<string> {
  const kafka = kafkaAt(broker, { patienceMs: 1000, requestTimeoutMs: 5000, ...way });
  const name = `kafka:${freshName('guarded')}`;
  try {
    await kafka.sink.ensure(name, 1);
    await kafka.sink.publish(name, [{ partitionKey: 'k', data: Buffer.from('{}') }]);
    return (await kafka.source.list('service')).includes(name) ? 'let in' : 'not listed';
  } catch (cause) {
    return (cause as { code?: string }).code ?? String(cause);
  } finally {
    await kafka.close();
  }
}

describe.skipIf(sasl === '')(`a Kafka that asks who is there${HOW_TO}`, () => {
  const asked = { securityProtocol: 'SASL_PLAINTEXT' } as const;

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('lets a user in by %s', async (saslMechanism) => {
    expect(await codeOf(sasl, { ...asked, ...USER, saslMechanism })).toBe('let in');
  });

  it.each(['PLAIN', 'SCRAM-SHA-512'] as const)('refuses a wrong password by %s', async (saslMechanism) => {
    expect(await codeOf(sasl, { ...asked, ...USER, saslMechanism, saslPassword: 'wrong' })).toBe('stream.forbidden');
  });
});

describe.skipIf(saslSsl === '' || caFile === '')(`a Kafka behind TLS${HOW_TO}`, () => {
  const asked = { securityProtocol: 'SASL_SSL', ...USER } as const;

  it('is trusted by its certificate', async () => {
    expect(await codeOf(saslSsl, { ...asked, caFile })).toBe('let in');
  });

  it('is not trusted without it', async () => {
    expect(await codeOf(saslSsl, asked)).toBe('stream.unreachable');
  });

  it('cannot be asked with a file that is not there', async () => {
    expect(await codeOf(saslSsl, { ...asked, caFile: `${caFile}.none` })).toBe('settings.invalid');
  });
});
