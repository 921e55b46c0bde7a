import { Module } from '@nestjs/common';
import { ImportDataCli } from './import-data.cli.js';

@Module({ providers: [ImportDataCli] })
export class ImportDataCliModule {}
