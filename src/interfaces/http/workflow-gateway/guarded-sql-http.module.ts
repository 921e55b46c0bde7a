import { Module } from '@nestjs/common';
import { GuardedSqlController } from './guarded-sql.controller.js';

@Module({ controllers: [GuardedSqlController] })
export class GuardedSqlHttpModule {}
