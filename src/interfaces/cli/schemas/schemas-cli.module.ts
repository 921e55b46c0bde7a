import { Module } from '@nestjs/common';
import { CheckSchemasCli } from './check-schemas.cli.js';
import { GenerateSchemasCli } from './generate-schemas.cli.js';
import { RegisterSchemasCli } from './register-schemas.cli.js';
import { SchemasCli } from './schemas.cli.js';

@Module({ providers: [CheckSchemasCli, GenerateSchemasCli, RegisterSchemasCli, SchemasCli] })
export class SchemasCliModule {}
