import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Clock } from '../domain/ports/clock.port.js';
import { DomainConfigs } from '../domain/ports/domain-configs.port.js';
import { DomainFiles } from '../domain/ports/domain-files.port.js';
import { HealthProbes } from '../domain/ports/health-probe.port.js';
import { Metrics } from '../domain/ports/metrics.port.js';
import { SecretStore } from '../domain/ports/secret-store.port.js';
import { bind } from './bind.js';
import { DomainSettings } from './config/domain.settings.js';
import { packageRoot } from './config/package-root.js';
import { Settings } from './config/settings.js';
import { SecretsManagerModule } from './secrets-manager/secrets-manager.module.js';
import { EnvironmentSecretStore } from './secrets/environment-secret-store.js';
import { FileSecretStore } from './secrets/file-secret-store.js';
import { SecretDesk } from './secrets/secret-desk.js';
import { FieldSecretStore } from './secrets/field-secret-store.js';
import { VaultHttp } from './vault/vault-http.js';
import { VaultSecretStore } from './vault/vault-secret-store.js';
import { ConfigFolder } from './yaml/config-folder.js';
import { YamlDomainConfigs } from './yaml/yaml-domain-configs.js';

/** A secret that nobody has, by which a store that cannot be asked otherwise is asked whether it answers. */
const NO_SECRET = 'penstock-health';

/** Domains in YAML, and the backends their secrets come from. */
@Global()
@Module({
  imports: [SecretsManagerModule],
  providers: [
    bind(SecretDesk, [DomainSettings, Settings, SecretStore, Metrics], secretDesk),
    bind(YamlDomainConfigs, [DomainSettings, SecretDesk, Clock, HealthProbes], yamlDomains),
    bind(DomainConfigs, [YamlDomainConfigs], (configs) => configs),
    bind(DomainFiles, [YamlDomainConfigs], (configs) => configs),
  ],
  exports: [DomainConfigs, DomainFiles],
})
export class DomainConfigsModule {}

function secretDesk(domains: DomainSettings, settings: Settings, aws: SecretStore, metrics: Metrics): SecretDesk {
  const file = new FileSecretStore(domains.secretsDirectory);
  const http = new VaultHttp({
    url: domains.vaultUrl,
    token: domains.vaultToken,
    namespace: domains.vaultNamespace,
    requestTimeoutMs: domains.vaultTimeoutMs,
  });
  const vault = new VaultSecretStore(http, { mount: domains.vaultMount, path: domains.vaultPath });
  const env = new EnvironmentSecretStore((variable) => settings.secret(variable));
  const backends = {
    env: { secrets: new FieldSecretStore(env), check: async () => undefined },
    file: { secrets: new FieldSecretStore(file), check: () => file.check() },
    vault: { secrets: vault, check: (signal: AbortSignal) => vault.check(signal) },
    aws: { secrets: new FieldSecretStore(aws), check: () => answers(aws) },
  };
  return new SecretDesk(backends, domains.secretsBackend, metrics);
}

function yamlDomains(
  { directory, environment, secretsMaxAgeMs }: DomainSettings,
  desk: SecretDesk,
  clock: Clock,
  probes: HealthProbes,
): YamlDomainConfigs {
  const folder = new ConfigFolder(directory ?? join(packageRoot(), 'config'));
  const configs = new YamlDomainConfigs(folder, {
    environment,
    secretsMaxAgeMs,
    nowMs: () => clock.nowMs(),
    shape: async () => new (await import('./yaml/domain-shape.js')).DomainShape(),
    resolve: (backend, references) => desk.resolve(backend, references),
  });
  // Only backends that some domain has secrets in: a Vault that nobody needs may be down.
  const check = async (signal: AbortSignal): Promise<void> => {
    for (const backend of await configs.backends()) await desk.check(backend, signal);
  };
  probes.register({ name: 'secrets', check });
  return configs;
}

/** A store that says that it has no such secret does answer. */
async function answers(secrets: SecretStore): Promise<void> {
  await secrets.read(NO_SECRET).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'secret.unknown')) throw error;
  });
}
