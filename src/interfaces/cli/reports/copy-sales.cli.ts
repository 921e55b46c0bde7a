import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { CopySalesCommand } from '../../../application/sales-reporting/copy-sales.command.js';
import { SALES_TABLE } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { ExitSignal } from '../exit-signal.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly table?: string;
  readonly start_date?: string;
  readonly startDate?: string;
  readonly end_date?: string;
  readonly endDate?: string;
  readonly json?: boolean;
}

/** As shells have it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

@SubCommand({ name: 'copy', description: 'Copy months of sales to ClickHouse, for reports with --engine clickhouse' })
@SharedOptions(JSON_OPTION)
export class CopySalesCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    process.once('SIGINT', interrupt);
    try {
      const order = {
        table: options.table ?? SALES_TABLE,
        startDate: options.start_date ?? options.startDate,
        endDate: options.end_date ?? options.endDate,
        signal: stop.signal,
      };
      const receipt = await this.progress.during('Copying sales', () =>
        this.commands.execute(new CopySalesCommand(order)),
      );
      const { rows, months } = receipt;
      answer(receipt, [`${rows} rows of ${months} months are in ClickHouse as they are here.`], options.json);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      process.stderr.write('penstock: stopped; months that were not replaced yet are as they were.\n');
      throw new ExitSignal(INTERRUPTED);
    } finally {
      process.off('SIGINT', interrupt);
    }
  }

  @Option({ flags: '--to <engine>', description: 'Where to: clickhouse (default: clickhouse)' })
  parseTo(text: string): string {
    return parseWord(text, ['clickhouse']);
  }

  @Option({ flags: '-t, --table <table>', description: 'Table of sales (default: sales_report)' })
  parseTable(text: string): string {
    return text;
  }

  @Option({ flags: '-s, --start_date <day>', description: 'From the month of this day on (also --start-date)' })
  parseStart(text: string): string {
    return text;
  }

  @Option({ flags: '-e, --end_date <day>', description: 'Up to the month of this day (also --end-date)' })
  parseEnd(text: string): string {
    return text;
  }

  @Option({ flags: '--start-date <day>', description: 'The same as --start_date' })
  parseStartAlias(text: string): string {
    return text;
  }

  @Option({ flags: '--end-date <day>', description: 'The same as --end_date' })
  parseEndAlias(text: string): string {
    return text;
  }
}
