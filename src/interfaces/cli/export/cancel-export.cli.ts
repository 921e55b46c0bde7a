import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { CancelExportCommand } from '../../../application/warehouse-loading/appmetrica/cancel-export.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { exportText } from './export-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'cancel', arguments: '<id>', description: 'End an export that is not wanted any more' })
@SharedOptions(JSON_OPTION)
export class CancelExportCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const view = await this.progress.during('Cancelling', () => this.commands.execute(new CancelExportCommand(id)));
    answer(view, exportText(view), json);
  }
}
