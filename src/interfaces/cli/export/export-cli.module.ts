import { Module } from '@nestjs/common';
import { ExportAmplitudeCli } from './export-amplitude.cli.js';
import { ExportCli } from './export.cli.js';

@Module({ providers: [ExportCli, ExportAmplitudeCli] })
export class ExportCliModule {}
