import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { CreateStreamTableCommand } from '../../../application/stream-onboarding/create-stream-table.command.js';
import { SampleStreamQuery } from '../../../application/stream-onboarding/sample-stream.query.js';
import type { Column } from '../../../domain/shared/column.js';
import { NEW_FIELD_POLICIES, type NewFieldPolicy } from '../../../domain/stream-onboarding/connector.js';
import { answer } from '../answer.js';
import { confirm } from '../ask.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textRecord } from '../text-table.js';
import { sampleText } from './sample-text.js';
import { readSchemaFile } from './schema-file.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly database?: string;
  readonly schema?: string;
  readonly orderBy?: string[];
  readonly startFrom?: string;
  readonly onNewField?: NewFieldPolicy;
  readonly paused?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The table to create, by a file or as the sample proposes. */
interface Plan {
  readonly schema: Column[];
  readonly orderBy?: readonly string[];
}

@SubCommand({
  name: 'onboard',
  arguments: '<stream> <table>',
  description: 'Create a table for a stream, as sampled or by --schema, and copy the stream into it from then on',
})
@SharedOptions(JSON_OPTION)
export class OnboardStreamCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([streamName = '', tableName = '']: string[], options: Options): Promise<void> {
    const { database: databaseName, startFrom, onNewField, paused, json } = options;
    const plan = options.schema === undefined ? await this.propose(streamName, options) : await byFile(options.schema);
    const orderBy = options.orderBy ?? plan.orderBy;
    const request = {
      streamName,
      tableName,
      databaseName,
      schema: plan.schema,
      orderBy,
      startFrom,
      onNewField,
      paused,
    };
    const receipt = await this.progress.during(`Creating ${tableName}`, () =>
      this.commands.execute(new CreateStreamTableCommand(request)),
    );
    const { connectorId, tableUUID, streamARN, create_table_query: statement, message } = receipt;
    const shown = { connector: connectorId, stream: streamARN, 'table uuid': tableUUID };
    answer(receipt, [message, ...textRecord(shown), '', statement], json);
  }

  private async propose(stream: string, { yes }: Options): Promise<Plan> {
    const sample = await this.progress.during(`Sampling ${stream}`, () =>
      this.queries.execute(new SampleStreamQuery(stream)),
    );
    if (yes !== true) {
      process.stderr.write(`${sampleText(sample).join('\n')}\n`);
      await confirm('Create this table?');
    }
    return { schema: [...sample.inferredSchema], orderBy: sample.proposedOrderBy };
  }

  @Option({ flags: '-d, --database <name>', description: 'Database of the table' })
  parseDatabase(text: string): string {
    return text;
  }

  @Option({ flags: '-s, --schema <file>', description: 'JSON file with the columns, instead of sampling' })
  parseSchema(text: string): string {
    return text;
  }

  @Option({ flags: '--order-by <columns>', description: 'Sort key, by commas; empty for none' })
  parseOrderBy(text: string): string[] {
    return text.split(',').filter(Boolean);
  }

  @Option({ flags: '--start-from <place>', description: 'TRIM_HORIZON, LATEST or an ISO time (default: TRIM_HORIZON)' })
  parseStartFrom(text: string): string {
    return text;
  }

  @Option({ flags: '--on-new-field <policy>', description: 'evolve, ignore, reject or to_extra (default: evolve)' })
  parseOnNewField(text: string): NewFieldPolicy {
    return parseWord(text, NEW_FIELD_POLICIES);
  }

  @Option({ flags: '--paused', description: 'Copy nothing before the connector is resumed' })
  parsePaused(): boolean {
    return true;
  }

  @Option({ flags: '-y, --yes', description: 'Take the proposed table without asking' })
  parseYes(): boolean {
    return true;
  }
}

async function byFile(path: string): Promise<Plan> {
  return { schema: await readSchemaFile(path) };
}
