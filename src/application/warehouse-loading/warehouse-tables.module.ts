import { Module } from '@nestjs/common';
import { ListRowsHandler } from './list-rows.query.js';
import { LoadRowsHandler } from './load-rows.command.js';
import { StreamRowsHandler } from './stream-rows.query.js';

@Module({ providers: [ListRowsHandler, LoadRowsHandler, StreamRowsHandler] })
export class WarehouseTablesModule {}
