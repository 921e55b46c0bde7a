import { Module } from '@nestjs/common';
import { CancelExportCli } from './cancel-export.cli.js';
import { ExportAmplitudeCli } from './export-amplitude.cli.js';
import { ExportAppmetricaCli } from './export-appmetrica.cli.js';
import { ExportCli } from './export.cli.js';
import { FinishedExport } from './finished-export.js';
import { ListExportsCli } from './list-exports.cli.js';
import { ResumeExportCli } from './resume-export.cli.js';

@Module({
  providers: [
    CancelExportCli,
    ExportAmplitudeCli,
    ExportAppmetricaCli,
    ExportCli,
    FinishedExport,
    ListExportsCli,
    ResumeExportCli,
  ],
})
export class ExportCliModule {}
