import { basename } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { InvalidArgumentError } from 'commander';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { PutObjectCommand, type PutMode } from '../../../application/warehouse-loading/put-object.command.js';
import { MEDIA_TYPE } from '../../../domain/warehouse-loading/media-type.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { Progress } from '../progress.js';
import { openContent, STANDARD_STREAM, told } from './content-file.js';
import { receiptText } from './receipt-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly overwrite?: boolean;
  readonly update?: boolean;
  readonly ifMatch?: string;
  readonly contentType?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'put',
  arguments: '<file> [key]',
  description: 'Upload a file, or - for the standard input, as a new object; by default of the same name',
})
@SharedOptions(JSON_OPTION)
export class PutObjectCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([file = '', given]: string[], options: Options): Promise<void> {
    const { ifMatch, contentType, json } = options;
    if (file === STANDARD_STREAM && given === undefined) this.command.error('error: say the key of the standard input');
    if (options.overwrite && options.update) this.command.error('error: say one of --overwrite and --update');
    const key = given ?? basename(file);
    const mode = modeOf(options);
    const receipt = await this.progress.during(`Uploading ${key}`, () =>
      interruptible(async (signal) => {
        const source = await openContent(file);
        const content = told(source, (bytes) => this.progress.note(`Uploading, ${Math.floor(bytes / 1e6)} MB`));
        return this.commands.execute(new PutObjectCommand({ key, content, contentType, signal }, mode, ifMatch));
      }),
    );
    answer(receipt, receiptText(receipt), json);
  }

  @Option({ flags: '--overwrite', description: 'Replace an object that is there' })
  parseOverwrite(): boolean {
    return true;
  }

  @Option({ flags: '--update', description: 'Only replace an object that is there' })
  parseUpdate(): boolean {
    return true;
  }

  @Option({ flags: '--if-match <etag>', description: 'Only replace the object with this ETag' })
  parseIfMatch(text: string): string {
    return text;
  }

  @Option({ flags: '-t, --content-type <type>', description: 'Media type of the content' })
  parseContentType(text: string): string {
    if (MEDIA_TYPE.test(text)) return text;
    throw new InvalidArgumentError('It is a media type, such as text/csv.');
  }
}

function modeOf({ overwrite, update, ifMatch }: Options): PutMode {
  if (overwrite === true) return 'replace';
  return update === true || ifMatch !== undefined ? 'update' : 'create';
}
