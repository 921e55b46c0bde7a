import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { StreamRunLogQuery } from '../../../application/workflow-gateway/stream-run-log.query.js';
import type { RunLogEntry } from '../../../domain/workflow-gateway/run-log-entry.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { textTable } from '../text-table.js';

interface Options {
  readonly type?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

@SubCommand({ name: 'logs', arguments: '<run>', description: 'Print the log of a run, one entry a line' })
export class ReadRunLogCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run([id = '']: string[], { type, follow = false, json }: Options): Promise<void> {
    await interruptible(async (signal) => {
      const how = { ...(type !== undefined && { type }), follow, signal };
      const entries = await this.queries.execute(new StreamRunLogQuery(id, how));
      for await (const { entry } of entries) answer(entry, [lineOf(entry)], json);
      signal.throwIfAborted();
    });
  }

  @Option({ flags: '--type <type>', description: 'Only entries of this type' })
  parseType(type: string): string {
    return type;
  }

  @Option({ flags: '-f, --follow', description: 'Go on until the run is over' })
  parseFollow(): boolean {
    return true;
  }

  @Option({ flags: JSON_FLAGS, description: 'Print an object of JSON a line' })
  parseJson(): boolean {
    return true;
  }
}

/** As a row of a table, which no control sequence of a terminal passes. */
function lineOf({ timestamp, type, title, description }: RunLogEntry): string {
  const [, line = ''] = textTable(['', '', '', ''], [[timestamp, type.padEnd(8), title, description]]);
  return line;
}
