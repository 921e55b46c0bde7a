import { HttpSchemaRegistry } from '../../src/infrastructure/confluent/http-schema-registry.js';
import { RegistryHttp } from '../../src/infrastructure/confluent/registry-http.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { RegistryService } from '../support/registry-service.js';
import { schemaRegistryContract } from './schema-registry.contract.js';

schemaRegistryContract("Confluent's HTTP API, as the service serves it", async () => {
  const service = await RegistryService.start();
  const replica = await RegistryService.start(service.databaseUrl);
  const over = (url: string): HttpSchemaRegistry =>
    new HttpSchemaRegistry(
      new RegistryHttp({ url, user: 'loader', password: 'loader', timeoutMs: 60_000, maxAttempts: 2 }),
      new CountedMetrics(),
    );
  return {
    registry: over(service.url),
    others: over(`${replica.url}/`),
    unreachable: over('http://127.0.0.1:9/registry'),
    close: async () => {
      await service.close();
      await replica.close();
    },
  };
});
