import { Module } from '@nestjs/common';
import { PipelinesController } from './pipelines.controller.js';

@Module({ controllers: [PipelinesController] })
export class PipelinesHttpModule {}
