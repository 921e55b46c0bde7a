import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { GenerateSchemasQuery } from '../../../application/event-pipelines/generate-schemas.query.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { Progress } from '../progress.js';
import { writeSchemas } from './schema-files.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly output?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'generate',
  arguments: '<domain>',
  description: 'Print the Avro schemas by event type, or write them as EVENT_TYPE.avsc',
})
@SharedOptions(JSON_OPTION)
export class GenerateSchemasCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], { environment, output, json }: Options): Promise<void> {
    const { schemas } = await this.progress.during('Generating schemas', () =>
      this.queries.execute(new GenerateSchemasQuery(domain, environment)),
    );
    if (output === undefined) return answer(schemas, JSON.stringify(schemas, null, 2).split('\n'), json);
    const files = await writeSchemas(output, schemas);
    answer({ files }, files, json);
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }

  @Option({ flags: '-o, --output <folder>', description: 'Write files there, in the place of older ones' })
  parseOutput(text: string): string {
    return text;
  }
}
