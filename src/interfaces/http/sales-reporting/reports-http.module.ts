import { Module } from '@nestjs/common';
import { ReportsController } from './reports.controller.js';
import { ReportsPageController } from './reports-page.controller.js';

@Module({ controllers: [ReportsController, ReportsPageController] })
export class ReportsHttpModule {}
