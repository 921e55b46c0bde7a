import { type DynamicModule, Module } from '@nestjs/common';
import { CliProgram } from './cli-program.js';
import { Progress } from './progress.js';

/** What every command has at hand. */
@Module({})
export class CliCoreModule {
  static of(progress: Progress): DynamicModule {
    const shown = { provide: Progress, useValue: progress };
    return { module: CliCoreModule, global: true, providers: [CliProgram, shown], exports: [shown] };
  }
}
