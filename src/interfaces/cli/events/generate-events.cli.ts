import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { GenerateEventsQuery } from '../../../application/event-pipelines/generate-events.query.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { requireNoFile, saveContent, STANDARD_STREAM } from '../objects/content-file.js';
import { Progress } from '../progress.js';
import { SYNTHETIC_OPTIONS, type SyntheticOptions, syntheticRequest } from './synthetic-options.js';
import { JSON_OPTION, outputOptions, SharedOptions } from '../shared-options.js';

interface Options extends SyntheticOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'generate',
  arguments: '<domain>',
  description: 'Make synthetic events as NDJSON, each with its type as event_type, and publish nothing',
})
@SharedOptions(...SYNTHETIC_OPTIONS, ...outputOptions('-'), JSON_OPTION)
export class GenerateEventsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], options: Options): Promise<void> {
    const { output = STANDARD_STREAM, force = false, json } = options;
    if (output !== STANDARD_STREAM && !force) await requireNoFile(output);
    const request = syntheticRequest(options);
    const { seed, lines } = await this.queries.execute(new GenerateEventsQuery(domain, request));
    if (output === STANDARD_STREAM) return this.print(lines);
    await this.progress.during(`Making ${request.count} events`, () =>
      interruptible((signal) => {
        const tell = (bytes: number): void => this.progress.note(`Making events, ${Math.floor(bytes / 1e6)} MB`);
        return saveContent(lines, output, { force, signal, tell });
      }),
    );
    const result = { domain, file: output, events: request.count, seed };
    answer(result, [`${request.count} events are in ${output}; --seed ${seed} makes them again.`], json);
  }

  /** Whoever reads it may have enough before the end, as head has. */
  private async print(lines: AsyncIterable<Uint8Array>): Promise<void> {
    await pipeline(Readable.from(lines, { objectMode: false }), process.stdout, { end: false }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EPIPE') throw cause;
      },
    );
  }
}
