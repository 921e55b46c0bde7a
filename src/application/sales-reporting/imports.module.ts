import { Module } from '@nestjs/common';
import { CreateSchemaHandler } from './create-schema.command.js';
import { ImportCsvHandler } from './imports/import-csv.command.js';
import { ListImportErrorsHandler } from './imports/list-import-errors.query.js';
import { ListImportsHandler } from './imports/list-imports.query.js';
import { ShowImportHandler } from './imports/show-import.query.js';

@Module({
  providers: [CreateSchemaHandler, ImportCsvHandler, ListImportErrorsHandler, ListImportsHandler, ShowImportHandler],
})
export class ImportsModule {}
