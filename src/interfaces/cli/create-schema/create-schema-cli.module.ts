import { Module } from '@nestjs/common';
import { CreateSchemaCli } from './create-schema.cli.js';

@Module({ providers: [CreateSchemaCli] })
export class CreateSchemaCliModule {}
