import { Module } from '@nestjs/common';
import { ImportsCli } from './imports.cli.js';
import { ListImportErrorsCli } from './list-import-errors.cli.js';
import { ListImportsCli } from './list-imports.cli.js';
import { ShowImportCli } from './show-import.cli.js';

@Module({ providers: [ImportsCli, ListImportErrorsCli, ListImportsCli, ShowImportCli] })
export class ImportsCliModule {}
