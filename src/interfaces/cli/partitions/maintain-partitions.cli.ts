import { CommandBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import {
  DEFAULT_PREMAKE,
  MaintainPartitionsCommand,
} from '../../../application/sales-reporting/maintain-partitions.command.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { maintainedText, warnOf } from './partitions-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly table: string;
  readonly premake?: number;
  readonly retain?: number;
  readonly drop?: boolean;
  readonly dry_run?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const MOST_MONTHS = 1200;

@Command({
  name: 'maintain-partitions',
  description: 'Create the partitions of the months ahead, and detach those that are old',
})
@SharedOptions(JSON_OPTION)
export class MaintainPartitionsCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const { table, premake, retain, drop } = options;
    const dryRun = options.dry_run === true || options.dryRun === true;
    const receipt = await this.progress.during('Maintaining partitions', () =>
      this.commands.execute(new MaintainPartitionsCommand(table, { premake, retain, drop, dryRun })),
    );
    answer(receipt, maintainedText(receipt), options.json);
    warnOf(receipt);
  }

  @Option({ flags: '-t, --table <table>', description: 'The table, with its schema or without', required: true })
  parseTable(text: string): string {
    return text;
  }

  @Option({
    flags: '--premake <months>',
    description: `Months to have partitions for ahead (default: ${DEFAULT_PREMAKE})`,
  })
  parsePremake(text: string): number {
    return parseWhole(text, { min: 0, max: MOST_MONTHS });
  }

  @Option({ flags: '--retain <months>', description: 'Months to keep before the present one (default: all)' })
  parseRetain(text: string): number {
    return parseWhole(text, { min: 0, max: MOST_MONTHS });
  }

  @Option({ flags: '--drop', description: 'Drop what is older, instead of leaving it as tables of their own' })
  parseDrop(): boolean {
    return true;
  }

  @Option({ flags: '--dry_run', description: 'Only say what would be done (also --dry-run)' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'The same as --dry_run' })
  parseDryRunAlias(): boolean {
    return true;
  }
}
