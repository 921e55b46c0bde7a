import { Module } from '@nestjs/common';
import { GenerateSchemasCli } from './generate-schemas.cli.js';
import { SchemasCli } from './schemas.cli.js';

@Module({ providers: [GenerateSchemasCli, SchemasCli] })
export class SchemasCliModule {}
