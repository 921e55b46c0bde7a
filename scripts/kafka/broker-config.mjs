/** The configuration of one broker that is its own controller, on this machine only. */

/** Known to whoever reads this file: the broker listens on the loopback interface only. */
export const identity = { username: 'penstock', password: 'penstock-local' };

/** Ports in the order in which they are wanted: plain, with a user and a password, of the controller. */
export function brokerConfig(data, [plain, sasl, controller]) {
  const { username, password } = identity;
  const login = 'org.apache.kafka.common.security';
  return `${[
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.sasl_plaintext.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_${username}="${password}";`,
    `listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `log.dirs=${data}`,
    'auto.create.topics.enable=false',
    'num.partitions=4',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'log.segment.delete.delay.ms=1000',
    'log.cleaner.backoff.ms=1000',
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
