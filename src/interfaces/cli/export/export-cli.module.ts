import { Module } from '@nestjs/common';
import { CancelExportCli } from './cancel-export.cli.js';
import { ExportAppmetricaCli } from './export-appmetrica.cli.js';
import { ExportCli } from './export.cli.js';
import { FinishedExport } from './finished-export.js';
import { ListExportsCli } from './list-exports.cli.js';
import { ResumeExportCli } from './resume-export.cli.js';

@Module({
  providers: [ExportCli, ExportAppmetricaCli, ResumeExportCli, ListExportsCli, CancelExportCli, FinishedExport],
})
export class ExportCliModule {}
