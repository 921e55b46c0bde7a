import { Module } from '@nestjs/common';
import { CheckSinkHandler } from './sinks/check-sink.command.js';
import { CreateSinkTableHandler } from './sinks/create-sink-table.command.js';
import { WriteSinkBatchHandler } from './sinks/write-sink-batch.command.js';

@Module({ providers: [CheckSinkHandler, CreateSinkTableHandler, WriteSinkBatchHandler] })
export class WarehouseSinksModule {}
