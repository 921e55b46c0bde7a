import { Module } from '@nestjs/common';
import { EnginesModule } from '../../../application/engines/engines.module.js';
import { EmbeddedModule } from '../../../infrastructure/embedded/embedded.module.js';
import { EnginesCli } from './engines.cli.js';
import { StopEnginesCli } from './stop-engines.cli.js';

@Module({ imports: [EmbeddedModule, EnginesModule], providers: [EnginesCli, StopEnginesCli] })
export class EnginesCliModule {}
