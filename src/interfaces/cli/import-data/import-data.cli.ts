import { CommandBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import type { CsvImport } from '../../../application/sales-reporting/imports/csv-import.js';
import {
  ImportCsvCommand,
  type ImportReceipt,
} from '../../../application/sales-reporting/imports/import-csv.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { parseRejectLimit, type RejectLimit } from '../../../domain/sales-reporting/reject-limit.js';
import { answer } from '../answer.js';
import { ExitSignal } from '../exit-signal.js';
import { readTextFile } from '../read-text-file.js';
import { csvFile } from './csv-file.js';
import { ImportBar } from './import-bar.js';
import { importText } from './import-text.js';
import { RejectedFile } from './rejected-file.js';
import { StopSignal } from './stop-signal.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options extends Pick<CsvImport, 'table' | 'force' | 'delimiter'> {
  readonly csv_path: string;
  readonly schema_path?: string;
  readonly error_table?: string;
  readonly dry_run?: boolean;
  readonly reject_limit?: RejectLimit;
  readonly create_partitions?: boolean;
  readonly rejected?: string;
  readonly json?: boolean;
}

@Command({ name: 'import-data', description: 'Import a file of CSV into a table: its good rows, or nothing' })
@SharedOptions(JSON_OPTION)
export class ImportDataCli extends CommandRunner {
  constructor(private readonly commands: CommandBus) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const request = {
      table: options.table,
      source: await csvFile(options.csv_path),
      schema: options.schema_path === undefined ? undefined : await readTextFile(options.schema_path),
      errorTable: options.error_table,
      rejectLimit: options.reject_limit,
      force: options.force,
      dryRun: options.dry_run,
      createPartitions: options.create_partitions,
      delimiter: options.delimiter,
    };
    const file = options.rejected === undefined ? undefined : new RejectedFile(options.rejected);
    const receipt = await this.import(request, file);
    answer(receipt, importText(receipt), options.json);
  }

  private async import(request: CsvImport, file: RejectedFile | undefined): Promise<ImportReceipt> {
    const stop = new StopSignal();
    const bar = new ImportBar();
    const follower = {
      signal: stop.signal,
      onProgress: bar.show.bind(bar),
      ...(file !== undefined && { rejected: file }),
    };
    try {
      const receipt = await this.commands.execute(new ImportCsvCommand(request, follower));
      await file?.keep();
      return receipt;
    } catch (error) {
      bar.hide();
      if (error instanceof PenstockError && error.code === 'import.rejected') await file?.keep();
      if (stop.exitCode === undefined) throw error;
      process.stderr.write('penstock: stopped; nothing was imported.\n');
      throw new ExitSignal(stop.exitCode);
    } finally {
      bar.hide();
      stop.close();
      await file?.drop();
    }
  }

  @Option({
    flags: '-c, --csv_path <file>',
    description: 'The file, also packed by gzip; - for standard input',
    required: true,
  })
  parseCsvPath(text: string): string {
    return text;
  }

  @Option({ flags: '-t, --table <name>', description: 'The table it goes to', required: true })
  parseTable(text: string): string {
    return text;
  }

  @Option({
    flags: '-p, --schema_path <file>',
    description: 'YAML of its columns: bad rows are kept aside, good ones land',
  })
  parseSchemaPath(text: string): string {
    return text;
  }

  @Option({ flags: '-e, --error_table <name>', description: 'Where bad rows go (default: validation_logs)' })
  parseErrorTable(text: string): string {
    return text;
  }

  @Option({
    flags: '--reject_limit <limit>',
    description: 'Bad rows it bears, as 100 or 2.5%; with more, no row lands',
  })
  parseLimit(text: string): RejectLimit {
    return parseRejectLimit(text);
  }

  @Option({ flags: '--rejected <file>', description: 'Write bad rows to a file as well, to be mended and imported' })
  parseRejected(text: string): string {
    return text;
  }

  @Option({ flags: '--delimiter <mark>', description: 'Between fields (default: found by the header)' })
  parseDelimiter(text: string): string {
    return text === '\\t' || text === 'tab' ? '\t' : text;
  }

  @Option({ flags: '--create_partitions', description: 'Make monthly partitions for rows that have none' })
  parseCreatePartitions(): boolean {
    return true;
  }

  @Option({ flags: '--force', description: 'Import a file that was imported before' })
  parseForce(): boolean {
    return true;
  }

  @Option({ flags: '--dry_run', description: 'Do it all, tell what happened, and keep nothing' })
  parseDryRun(): boolean {
    return true;
  }
}
