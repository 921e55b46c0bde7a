import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { RemoveObjectCommand } from '../../../application/warehouse-loading/remove-object.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly ifMatch?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'rm', arguments: '<key>', description: 'Remove an object' })
@SharedOptions(JSON_OPTION)
export class RemoveObjectCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([key = '']: string[], { ifMatch, json }: Options): Promise<void> {
    const removed = await this.progress.during(`Removing ${key}`, () =>
      this.commands.execute(new RemoveObjectCommand(key, ifMatch)),
    );
    answer(removed, ['Removed.'], json);
  }

  @Option({ flags: '--if-match <etag>', description: 'Only remove the object with this ETag' })
  parseIfMatch(text: string): string {
    return text;
  }
}
