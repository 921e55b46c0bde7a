import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { PatchObjectCommand } from '../../../application/warehouse-loading/patch-object.command.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { openContent } from './content-file.js';
import { receiptText } from './receipt-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly offset: number;
  readonly ifMatch?: string;
  readonly retries?: number;
  readonly json?: boolean;
}

const MAX_OFFSET = 999_999_999_999_999;
const MAX_RETRIES = 20;

@SubCommand({
  name: 'patch',
  arguments: '<key> <file>',
  description: 'Replace bytes of an object by those of a file, or - for the standard input, from an offset on',
})
@SharedOptions(JSON_OPTION)
export class PatchObjectCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([key = '', file = '']: string[], { json, ...options }: Options): Promise<void> {
    const receipt = await this.progress.during(`Patching ${key}`, () =>
      interruptible(async (signal) => {
        const content = await openContent(file);
        return this.commands.execute(new PatchObjectCommand({ key, content, signal, ...options }));
      }),
    );
    answer(receipt, receiptText(receipt), json);
  }

  @Option({
    flags: '-o, --offset <bytes>',
    description: 'First byte to replace; the size of the object appends',
    required: true,
  })
  parseOffset(text: string): number {
    return parseWhole(text, { min: 0, max: MAX_OFFSET });
  }

  @Option({ flags: '--if-match <etag>', description: 'Only patch the object with this ETag' })
  parseIfMatch(text: string): string {
    return text;
  }

  @Option({ flags: '--retries <times>', description: 'Begin again when somebody else was faster (default: 0)' })
  parseRetries(text: string): number {
    return parseWhole(text, { min: 0, max: MAX_RETRIES });
  }
}
