import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { SampleStreamQuery } from '../../../application/stream-onboarding/sample-stream.query.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { sampleText } from './sample-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly sampleSize?: number;
  readonly timeoutMs?: number;
  readonly json?: boolean;
}

@SubCommand({
  name: 'sample',
  arguments: '<stream>',
  description: 'Look at events of every shard of a stream, and propose a table for them',
})
@SharedOptions(JSON_OPTION)
export class SampleStreamCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([stream = '']: string[], { json, ...options }: Options): Promise<void> {
    const sample = await this.progress.during(`Sampling ${stream}`, () =>
      this.queries.execute(new SampleStreamQuery(stream, options)),
    );
    answer(sample, sampleText(sample), json);
  }

  @Option({ flags: '-n, --sample-size <events>', description: 'Events to look at (default: 100)' })
  parseSampleSize(text: string): number {
    return parseWhole(text, { max: 10_000 });
  }

  @Option({ flags: '--timeout-ms <ms>', description: 'Time to look for them (default: 5000)' })
  parseTimeoutMs(text: string): number {
    return parseWhole(text, { max: 60_000 });
  }
}
