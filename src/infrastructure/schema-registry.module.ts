import { Global, Module } from '@nestjs/common';
import { EventCodec } from '../domain/ports/event-codec.port.js';
import { Metrics } from '../domain/ports/metrics.port.js';
import { RegistryCatalog } from '../domain/ports/registry-catalog.port.js';
import { RegistryRules } from '../domain/ports/registry-rules.port.js';
import { RegistrySubjects } from '../domain/ports/registry-subjects.port.js';
import { ServedSchemaRegistry } from '../domain/ports/served-schema-registry.port.js';
import { SchemaRegistry } from '../domain/ports/schema-registry.port.js';
import { AvroEventCodec } from './avro/avro-event-codec.js';
import { bind } from './bind.js';
import { SchemaRegistrySettings } from './config/schema-registry.settings.js';
import { HttpSchemaRegistry } from './confluent/http-schema-registry.js';
import { RegistryHttp } from './confluent/registry-http.js';
import { PostgresPool } from './postgres/postgres-pool.js';
import { PostgresRegistryCatalog } from './postgres/registry/postgres-registry-catalog.js';
import { PostgresRegistryRules } from './postgres/registry/postgres-registry-rules.js';
import { PostgresRegistrySubjects } from './postgres/registry/postgres-registry-subjects.js';
import { PostgresSchemaRegistry } from './postgres/registry/postgres-schema-registry.js';
import { RegistryTurn } from './postgres/registry/registry-turn.js';

/** Schemas of events and Avro by them; needs PostgresModule. The registry is an external one where the settings name it. */
@Global()
@Module({
  providers: [
    bind(RegistryTurn, [PostgresPool], (pool) => new RegistryTurn(pool)),
    bind(
      PostgresSchemaRegistry,
      [PostgresPool, RegistryTurn, Metrics],
      (pool, turn, metrics) => new PostgresSchemaRegistry(pool, turn, metrics),
    ),
    bind(ServedSchemaRegistry, [PostgresSchemaRegistry], (registry) => registry),
    bind(RegistrySubjects, [PostgresPool, RegistryTurn], (pool, turn) => new PostgresRegistrySubjects(pool, turn)),
    bind(RegistryCatalog, [PostgresPool], (pool) => new PostgresRegistryCatalog(pool)),
    bind(RegistryRules, [PostgresPool, RegistryTurn], (pool, turn) => new PostgresRegistryRules(pool, turn)),
    bind(SchemaRegistry, [SchemaRegistrySettings, PostgresSchemaRegistry, Metrics], (settings, inside, metrics) =>
      settings.url === undefined ? inside : new HttpSchemaRegistry(new RegistryHttp(settings), metrics),
    ),
    bind(EventCodec, [SchemaRegistry], (registry) => new AvroEventCodec(registry)),
  ],
  exports: [SchemaRegistry, EventCodec, ServedSchemaRegistry, RegistrySubjects, RegistryCatalog, RegistryRules],
})
export class SchemaRegistryModule {}
