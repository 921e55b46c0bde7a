import { Module } from '@nestjs/common';
import { SinksController } from './sinks.controller.js';

@Module({ controllers: [SinksController] })
export class SinksHttpModule {}
