import { Global, Module } from '@nestjs/common';
import { EventCodec } from '../domain/ports/event-codec.port.js';
import { Metrics } from '../domain/ports/metrics.port.js';
import { SchemaRegistry } from '../domain/ports/schema-registry.port.js';
import { AvroEventCodec } from './avro/avro-event-codec.js';
import { bind } from './bind.js';
import { SchemaRegistrySettings } from './config/schema-registry.settings.js';
import { HttpSchemaRegistry } from './confluent/http-schema-registry.js';
import { RegistryHttp } from './confluent/registry-http.js';
import { PostgresPool } from './postgres/postgres-pool.js';
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
    bind(SchemaRegistry, [SchemaRegistrySettings, PostgresSchemaRegistry, Metrics], (settings, inside, metrics) =>
      settings.url === undefined ? inside : new HttpSchemaRegistry(new RegistryHttp(settings), metrics),
    ),
    bind(EventCodec, [SchemaRegistry], (registry) => new AvroEventCodec(registry)),
  ],
  exports: [SchemaRegistry, EventCodec],
})
export class SchemaRegistryModule {}
