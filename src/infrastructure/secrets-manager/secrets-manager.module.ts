import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SecretStore } from '../../domain/ports/secret-store.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { SecretsManagerSettings } from '../config/secrets-manager.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { secretsManagerAddress } from './secrets-manager-address.js';
import { SecretsManagerStore } from './secrets-manager-store.js';

@Global()
@Module({
  providers: [
    bind(SecretsManagerStore, [SecretsManagerSettings, AwsSettings, EmbeddedEngines], (settings, aws, engines) => {
      return new SecretsManagerStore(secretsManagerAddress(settings, aws, engines), settings);
    }),
    bind(SecretStore, [SecretsManagerStore], (store) => store),
  ],
  exports: [SecretStore],
})
export class SecretsManagerModule implements OnApplicationShutdown {
  constructor(@Inject(SecretsManagerStore) private readonly store: SecretsManagerStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
