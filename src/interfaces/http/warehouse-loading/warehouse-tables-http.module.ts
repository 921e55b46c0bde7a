import { Module } from '@nestjs/common';
import { WarehouseTablesController } from './warehouse-tables.controller.js';

@Module({ controllers: [WarehouseTablesController] })
export class WarehouseTablesHttpModule {}
