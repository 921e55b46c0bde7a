import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  ProduceEventsCommand,
  type ProduceReceipt,
} from '../../../application/event-pipelines/produce-events.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { answer } from '../answer.js';
import { ExitSignal } from '../exit-signal.js';
import { StopSignal } from '../import-data/stop-signal.js';
import { openContent } from '../objects/content-file.js';
import { eventLines } from './event-lines.js';
import { ProduceBar } from './produce-bar.js';
import { produceText } from './produce-text.js';
import { SYNTHETIC_OPTIONS, type SyntheticOptions, syntheticRequest } from './synthetic-options.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options extends SyntheticOptions {
  readonly from?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'produce',
  arguments: '<domain>',
  description: 'Publish synthetic events, or those of a file; Ctrl-C sends what was accepted, and tells the counts',
})
@SharedOptions(...SYNTHETIC_OPTIONS, JSON_OPTION)
export class ProduceEventsCli extends CommandRunner {
  constructor(private readonly commands: CommandBus) {
    super();
  }

  override async run([domain = '']: string[], options: Options): Promise<void> {
    const stop = new StopSignal();
    const bar = new ProduceBar(options.from === undefined ? syntheticRequest(options).count : undefined);
    try {
      const how = { signal: stop.signal, watch: bar.watch.bind(bar) };
      const source = await this.source(options, stop.signal);
      const receipt = await this.commands.execute(new ProduceEventsCommand(domain, source, how));
      bar.hide();
      answer(receipt, produceText(receipt), options.json);
      endAs(receipt, stop.exitCode);
    } finally {
      bar.hide();
      stop.close();
    }
  }

  private async source({ from, ...options }: Options, signal: AbortSignal): Promise<ProduceEventsCommand['source']> {
    if (from === undefined) return { synthetic: syntheticRequest(options) };
    return { given: eventLines(await openContent(from), { signal, eventType: options.event_type }) };
  }

  @Option({ flags: '--from <file>', description: 'Publish the events of this file of NDJSON; - is the standard input' })
  parseFrom(text: string): string {
    return text;
  }
}

/** The counts are told already; what is left to tell is that not all of it went well. */
function endAs({ stopped_by: stoppedBy, rejected }: ProduceReceipt, exitCode: number | undefined): void {
  if (exitCode !== undefined) throw new ExitSignal(exitCode);
  if (stoppedBy !== undefined && stoppedBy !== 'interrupted') {
    throw new PenstockError(stoppedBy, 'Not all events were acknowledged.');
  }
  if (rejected > 0) throw new PenstockError('event.invalid', `${rejected} events do not fit their schema.`);
}
