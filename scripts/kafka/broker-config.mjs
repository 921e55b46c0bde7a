/** The configuration of one broker that is its own controller, on this machine only. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Known to whoever reads this file: the broker listens on the loopback interface only. */
export const identity = { username: 'penstock', password: 'penstock-local' };

/** In the order of their ports. */
export const listeners = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SASL_SSL', 'CONTROLLER'];

const keyToolMs = 60_000;
const login = 'org.apache.kafka.common.security';

/** @returns server.properties */
export function brokerConfig(folder, ports) {
  const { username, password } = identity;
  const addresses = listeners.map((name, index) => `${name}://127.0.0.1:${ports[index]}`);
  const protocols = listeners.map((name) => `${name}:${name === 'CONTROLLER' ? 'PLAINTEXT' : name}`);
  const users = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
    `listener.name.${listener}.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_${username}="${password}";`,
    `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
  ]);
  return `${[
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.at(-1)}`,
    `listeners=${addresses.join(',')}`,
    `advertised.listeners=${addresses.slice(0, -1).join(',')}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=${protocols.join(',')}`,
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...users,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.location=${keyStore(folder)}`,
    `ssl.keystore.password=${password}`,
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    'num.partitions=4',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
  ].join('\n')}\n`;
}

/** What the storage is formatted with besides: the user's SCRAM secrets, which live in the cluster itself. */
export function scramUsers() {
  const { username, password } = identity;
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
}

/** Makes the broker's own certificate, by Java's key tool. @returns whether there is one */
export function makeCertificate(folder) {
  if (existsSync(certificate(folder))) return true;
  const store = ['-storetype', 'PKCS12', '-keystore', keyStore(folder), '-storepass', identity.password];
  const named = ['-alias', 'broker', '-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost'];
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650'];
  return (
    keyTool(['-genkeypair', ...store, ...named, ...key]) &&
    keyTool(['-exportcert', '-rfc', '-alias', 'broker', ...store, '-file', certificate(folder)])
  );
}

function keyTool(words) {
  return spawnSync('keytool', words, { stdio: 'ignore', timeout: keyToolMs }).status === 0;
}

function keyStore(folder) {
  return join(folder, 'broker.p12');
}

/** Where clients find it, to trust it. */
export function certificate(folder) {
  return join(folder, 'broker.pem');
}
