import { Module } from '@nestjs/common';
import { ListEnginesHandler } from './list-engines.query.js';
import { StopEnginesHandler } from './stop-engines.command.js';

@Module({ providers: [ListEnginesHandler, StopEnginesHandler] })
export class EnginesModule {}
