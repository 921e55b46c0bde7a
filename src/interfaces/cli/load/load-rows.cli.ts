import { CommandBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import { LoadRowsCommand } from '../../../application/warehouse-loading/load-rows.command.js';
import { dwhTable } from '../../../domain/warehouse-loading/dwh-tables.js';
import { idRanges, MAX_ID_RANGES } from '../../../domain/warehouse-loading/id-runs.js';
import { LoadLimits } from '../../../domain/warehouse-loading/load-limits.js';
import { ON_CONFLICT, type OnConflict } from '../../../domain/warehouse-loading/on-conflict.js';
import { WAREHOUSE_ENGINES, type WarehouseEngine } from '../../../domain/warehouse-loading/warehouse-engine.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { parseIdempotencyKey, parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { FILE_FORMATS, type FileFormat, openRows } from './row-file.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly format?: FileFormat;
  readonly onConflict?: OnConflict;
  readonly engine?: WarehouseEngine;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

@Command({
  name: 'load',
  arguments: '<table> <file>',
  description: 'Load rows into a warehouse table, all of them or none: NDJSON, JSON or CSV, also as gzip; - is stdin',
})
@SharedOptions(JSON_OPTION)
export class LoadRowsCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
    private readonly limits: LoadLimits,
  ) {
    super();
  }

  override async run([name = '', path = '']: string[], { json, format, ...options }: Options): Promise<void> {
    const { table } = dwhTable(name);
    const { ids, count, batches } = await this.progress.during(`Loading ${table}`, () =>
      interruptible(async (signal) => {
        const tell = (bytes: number): void => this.progress.note(`Loading ${table}, ${Math.floor(bytes / 1e6)} MB`);
        const { maxWriteBatchBytes: maxRowBytes } = this.limits;
        const { rows, place } = await openRows(path, { table, format, maxRowBytes, tell });
        const { engine = 'postgres', onConflict = 'error', idempotencyKey } = options;
        const key = idempotencyKey === undefined ? {} : { idempotencyKey };
        const how = { onConflict, place, signal, maxIdRuns: MAX_ID_RANGES, ...key };
        return this.commands.execute(new LoadRowsCommand({ table, rows, engine }, how));
      }),
    );
    const receipt = { table, inserted_id_ranges: ids === undefined ? null : idRanges(ids), count, batches };
    answer(receipt, [`${count} rows are in ${table}, by ${batches} writes.`], json);
  }

  @Option({ flags: '-f, --format <format>', description: `${FILE_FORMATS.join(', ')} (default: by the file's name)` })
  parseFormat(text: string): FileFormat {
    return parseWord(text, FILE_FORMATS);
  }

  @Option({ flags: '--on-conflict <outcome>', description: `${ON_CONFLICT.join(', ')} (default: error)` })
  parseOnConflict(text: string): OnConflict {
    return parseWord(text, ON_CONFLICT);
  }

  @Option({ flags: '-e, --engine <engine>', description: `${WAREHOUSE_ENGINES.join(', ')} (default: postgres)` })
  parseEngine(text: string): WarehouseEngine {
    return parseWord(text, WAREHOUSE_ENGINES);
  }

  @Option({ flags: '-k, --idempotency-key <key>', description: 'The same key with the same rows loads them once' })
  parseIdempotencyKey(text: string): string {
    return parseIdempotencyKey(text);
  }
}
