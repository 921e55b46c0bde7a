import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  ListObjectsQuery,
  MAX_OBJECTS_LIMIT,
  type ObjectList,
} from '../../../application/warehouse-loading/list-objects.query.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly delimiter?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'ls', arguments: '[prefix]', description: 'List objects whose keys begin with a prefix' })
@SharedOptions(JSON_OPTION)
export class ListObjectsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([prefix]: string[], { json, ...paging }: Options): Promise<void> {
    const filter = { ...paging, ...(prefix !== undefined && { prefix }) };
    const page = await this.progress.during('Listing objects', () =>
      this.queries.execute(new ListObjectsQuery(filter)),
    );
    answer(page, lines(page), json);
  }

  @Option({ flags: '-d, --delimiter <text>', description: 'Tell keys that go on behind it as one prefix, such as /' })
  parseDelimiter(text: string): string {
    return text;
  }

  @Option({ flags: '-l, --limit <objects>', description: `Objects to list (default: ${MAX_OBJECTS_LIMIT})` })
  parseLimit(text: string): number {
    return parseWhole(text, { max: MAX_OBJECTS_LIMIT });
  }

  @Option({ flags: '-c, --cursor <cursor>', description: 'Go on from there' })
  parseCursor(text: string): string {
    return text;
  }
}

function lines({ objects, prefixes, next }: ObjectList): string[] {
  if (objects.length + prefixes.length === 0) return ['There are no such objects.'];
  const rows = [
    ...prefixes.map((prefix) => [undefined, undefined, prefix]),
    ...objects.map(({ Key, Size, LastModified }) => [Size, LastModified, Key]),
  ];
  return [
    ...textTable(['bytes', 'modified', 'key'], rows),
    ...(next === undefined ? [] : ['', `There are more: --cursor ${next}`]),
  ];
}
