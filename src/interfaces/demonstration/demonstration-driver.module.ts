import { Module } from '@nestjs/common';
import { Demonstration } from './demonstration.js';

@Module({ providers: [Demonstration] })
export class DemonstrationDriverModule {}
