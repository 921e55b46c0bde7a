import { Module } from '@nestjs/common';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import { AppendRunLogHandler } from './append-run-log.command.js';
import { ReadRunLogHandler } from './read-run-log.query.js';
import { RunLookup } from './run-lookup.js';
import { StreamRunLogHandler } from './stream-run-log.query.js';

@Module({
  providers: [
    { provide: RunLookup, inject: [Jobs, RunLog], useFactory: (jobs: Jobs, log: RunLog) => new RunLookup(jobs, log) },
    AppendRunLogHandler,
    ReadRunLogHandler,
    StreamRunLogHandler,
  ],
})
export class RunLogModule {}
