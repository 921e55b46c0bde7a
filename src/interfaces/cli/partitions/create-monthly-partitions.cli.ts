import { CommandBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import { CreateMonthlyPartitionsCommand } from '../../../application/sales-reporting/create-monthly-partitions.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { createdText, warnOf } from './partitions-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly table: string;
  readonly start_year?: number;
  readonly startYear?: number;
  readonly end_year?: number;
  readonly endYear?: number;
  readonly dry_run?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const MAX_YEAR = 9998;

@Command({
  name: 'create-monthly-partitions',
  description: 'Create the monthly partitions of some years in a table that is partitioned by date',
})
@SharedOptions(JSON_OPTION)
export class CreateMonthlyPartitionsCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const years = {
      start: required('--start_year', options.start_year ?? options.startYear),
      end: required('--end_year', options.end_year ?? options.endYear),
    };
    const dryRun = options.dry_run === true || options.dryRun === true;
    const receipt = await this.progress.during('Creating partitions', () =>
      this.commands.execute(new CreateMonthlyPartitionsCommand(options.table, years, { dryRun })),
    );
    answer(receipt, createdText(receipt), options.json);
    warnOf(receipt);
  }

  @Option({ flags: '-t, --table <table>', description: 'The table, with its schema or without', required: true })
  parseTable(text: string): string {
    return text;
  }

  @Option({ flags: '-s, --start_year <year>', description: 'First year (also --start-year)' })
  parseStart(text: string): number {
    return parseWhole(text, { max: MAX_YEAR });
  }

  @Option({ flags: '-e, --end_year <year>', description: 'Last year, included (also --end-year)' })
  parseEnd(text: string): number {
    return parseWhole(text, { max: MAX_YEAR });
  }

  @Option({ flags: '--start-year <year>', description: 'The same as --start_year' })
  parseStartAlias(text: string): number {
    return parseWhole(text, { max: MAX_YEAR });
  }

  @Option({ flags: '--end-year <year>', description: 'The same as --end_year' })
  parseEndAlias(text: string): number {
    return parseWhole(text, { max: MAX_YEAR });
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

/** Commander knows no option that is required in one of two spellings. */
function required(flag: string, year: number | undefined): number {
  if (year !== undefined) return year;
  throw new PenstockError('request.invalid', `The option ${flag} is missing.`);
}
