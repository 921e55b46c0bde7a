import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from '@platformatic/kafka';
import { PenstockError } from '../../domain/errors.js';
import type { KafkaSettings } from '../config/kafka.settings.js';

export type KafkaSecurity = Pick<
  KafkaSettings,
  | 'bootstrapServers'
  | 'securityProtocol'
  | 'caFile'
  | 'certFile'
  | 'keyFile'
  | 'saslMechanism'
  | 'saslUsername'
  | 'saslPassword'
>;

/**
 * How connections are protected, as the client wants to know it.
 *
 * @throws PenstockError `settings.invalid` when a file of the settings cannot be read
 */
export function connectionSecurity(settings: KafkaSecurity): Pick<ConnectionOptions, 'tls' | 'sasl' | 'tlsServerName'> {
  const { securityProtocol, saslMechanism, saslUsername = '', saslPassword = '' } = settings;
  const encrypts = securityProtocol.endsWith('SSL');
  const sasl = { mechanism: saslMechanism, username: saslUsername, password: saslPassword };
  return {
    ...(encrypts ? tls(settings) : {}),
    ...(securityProtocol.startsWith('SASL') ? { sasl } : {}),
  };
}

function tls({
  bootstrapServers = '',
  caFile,
  certFile,
  keyFile,
}: KafkaSecurity): Pick<ConnectionOptions, 'tls' | 'tlsServerName'> {
  const files = { ca: ['KAFKA_SSL_CA_FILE', caFile], cert: ['KAFKA_SSL_CERT_FILE', certFile] } as const;
  const read = Object.entries({ ...files, key: ['KAFKA_SSL_KEY_FILE', keyFile] as const }).flatMap(
    ([option, [variable, path]]) => (path === undefined ? [] : [[option, contentOf(variable, path)] as const]),
  );
  // Brokers behind one address are told apart by the name they are asked for; an address is no name.
  const [host = ''] = bootstrapServers.split(':');
  return { tls: Object.fromEntries(read), tlsServerName: isIP(host) === 0 };
}

function contentOf(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const faults = [{ path: variable, message: 'names a file that cannot be read' }];
    throw new PenstockError('settings.invalid', `${variable} names a file that cannot be read.`, { cause, faults });
  }
}
