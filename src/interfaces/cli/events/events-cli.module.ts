import { Module } from '@nestjs/common';
import { EventsCli } from './events.cli.js';
import { GenerateEventsCli } from './generate-events.cli.js';
import { ProduceEventsCli } from './produce-events.cli.js';

@Module({ providers: [EventsCli, GenerateEventsCli, ProduceEventsCli] })
export class EventsCliModule {}
