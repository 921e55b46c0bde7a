import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  DEFAULT_PRESIGN_SECONDS,
  MAX_PRESIGN_SECONDS,
  PresignObjectQuery,
} from '../../../application/warehouse-loading/presign-object.query.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly put?: boolean;
  readonly expiresIn?: number;
  readonly json?: boolean;
}

@SubCommand({
  name: 'presign',
  arguments: '<key>',
  description: 'Print a URL by which whoever holds it downloads the object, or uploads it, until it expires',
})
@SharedOptions(JSON_OPTION)
export class PresignObjectCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([key = '']: string[], { put = false, expiresIn, json }: Options): Promise<void> {
    const query = new PresignObjectQuery(key, put ? 'PUT' : 'GET', expiresIn);
    const signed = await this.progress.during('Signing', () => this.queries.execute(query));
    answer(signed, [signed.url], json);
  }

  @Option({ flags: '--put', description: 'To upload, and not to download' })
  parsePut(): boolean {
    return true;
  }

  @Option({
    flags: '-e, --expires-in <seconds>',
    description: `Until it expires (default: ${DEFAULT_PRESIGN_SECONDS})`,
  })
  parseExpiresIn(text: string): number {
    return parseWhole(text, { max: MAX_PRESIGN_SECONDS });
  }
}
