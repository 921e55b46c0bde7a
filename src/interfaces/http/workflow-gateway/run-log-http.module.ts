import { Module } from '@nestjs/common';
import { RunLogsController } from './run-logs.controller.js';

@Module({ controllers: [RunLogsController] })
export class RunLogHttpModule {}
