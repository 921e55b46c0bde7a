import { Module } from '@nestjs/common';
import { PartitionsController } from './partitions.controller.js';

@Module({ controllers: [PartitionsController] })
export class PartitionsHttpModule {}
