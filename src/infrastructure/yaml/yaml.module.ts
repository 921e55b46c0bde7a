import { Global, Module } from '@nestjs/common';
import { SchemaDocuments } from '../../domain/ports/schema-documents.port.js';
import { bind } from '../bind.js';
import { YamlSchemaDocuments } from './yaml-schema-documents.js';

@Global()
@Module({
  providers: [bind(SchemaDocuments, [], () => new YamlSchemaDocuments())],
  exports: [SchemaDocuments],
})
export class YamlModule {}
