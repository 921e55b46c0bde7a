import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import {
  DescribeObjectQuery,
  type ObjectDescription,
} from '../../../application/warehouse-loading/describe-object.query.js';
import { answer } from '../answer.js';
import { EXIT } from '../exit-codes.js';
import { ExitSignal } from '../exit-signal.js';
import { Progress } from '../progress.js';
import { textRecord } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'info',
  arguments: '<key>',
  description: 'Show what is known of an object; ends with 66 where there is none',
})
@SharedOptions(JSON_OPTION)
export class DescribeObjectCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([key = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const description = await this.progress.during(`Looking at ${key}`, () =>
      this.queries.execute(new DescribeObjectQuery(key)),
    );
    answer(description, lines(description), json);
    if (!description.exists) throw new ExitSignal(EXIT.notFound);
  }
}

function lines({ key, exists, size, metadata = {}, ...rest }: ObjectDescription): string[] {
  if (!exists) return [`There is no object "${key}".`];
  const known = {
    size,
    etag: rest.etag,
    modified: rest.last_modified,
    type: rest.content_type,
    version: rest.version_id,
  };
  const own = Object.entries(metadata).map(([name, value]) => [`metadata ${name}`, value] as const);
  return textRecord({ key, ...known, ...Object.fromEntries(own) });
}
