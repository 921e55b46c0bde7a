import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Metrics } from '../../../domain/ports/metrics.port.js';
import { SchemaDocuments } from '../../../domain/ports/schema-documents.port.js';
import {
  type ImportOutcome,
  type ImportRecord,
  type ImportRequest,
  type ImportSession,
  WarehouseImports,
} from '../../../domain/ports/warehouse-imports.port.js';
import { checkSchemaColumns, matchHeader } from '../../../domain/sales-reporting/match-header.js';
import { type RowRules, rowRules } from '../../../domain/sales-reporting/row-rules.js';
import type { CsvImport, ImportFollower } from './csv-import.js';
import { CsvLoad } from './csv-load.js';
import { type ImportView, importView } from './import-view.js';
import { type OpenCsv, openCsv } from './open-csv.js';
import { RejectDesk } from './reject-desk.js';
import { refuseEarlier } from './refuse-earlier.js';
import { schemaFields } from './schema-fields.js';

/** A bad row, for people: without its record. */
export interface BadRowView {
  readonly line: number;
  readonly column?: string;
  readonly value?: string;
  readonly rule: string;
  readonly message: string;
}

export interface ImportReceipt extends ImportView {
  readonly dryRun: boolean;
  /** The first bad rows; the error table has all of them. */
  readonly firstErrors: readonly BadRowView[];
}

const DEFAULT_ERROR_TABLE = 'validation_logs';

/** Import a file of CSV into a table: all of its good rows or, where anything fails, nothing. */
export class ImportCsvCommand extends Command<ImportReceipt> {
  constructor(
    readonly request: CsvImport,
    readonly follower: ImportFollower = {},
  ) {
    super();
  }
}

@CommandHandler(ImportCsvCommand)
export class ImportCsvHandler implements ICommandHandler<ImportCsvCommand> {
  constructor(
    private readonly imports: WarehouseImports,
    private readonly documents: SchemaDocuments,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async execute({ request, follower }: ImportCsvCommand): Promise<ImportReceipt> {
    const startedAtMs = this.clock.nowMs();
    const fields = request.schema === undefined ? undefined : schemaFields(this.documents, request.schema);
    const table = await this.imports.describe(request.table);
    if (fields !== undefined) checkSchemaColumns(table, fields);
    if (request.force !== true) await refuseEarlier(this.imports, request, follower.signal);
    const file = await openCsv(request, table, follower.signal);
    try {
      const columns = matchHeader(file.header.names, table, fields);
      const rules = rowRules(table, columns, request.createPartitions ?? false);
      const desk = new RejectDesk(request.rejectLimit, follower.rejected, fields !== undefined);
      await desk.begin(file.rawHeader);
      const record = await this.imports.run(importRequest(request, file, follower, startedAtMs), (session) =>
        this.load(session, { request, follower, file, rules, desk }),
      );
      this.observe(record, request.dryRun ?? false);
      if (record.state === 'failed') throw rejection(record, desk.first);
      return { ...importView(record), dryRun: request.dryRun ?? false, firstErrors: desk.first };
    } finally {
      await file.feed.close();
    }
  }

  private async load(session: ImportSession, parts: LoadOf): Promise<ImportOutcome> {
    const { request, follower, file, rules, desk } = parts;
    const totalBytes = request.source.size;
    const load = new CsvLoad(session, {
      ...file,
      ...rules,
      onBad: (bad) => desk.take(session, bad),
      isOver: (tally) => desk.isOver(tally),
      onProgress: ({ rows, rejected }) =>
        follower.onProgress?.({
          bytes: file.feed.taken,
          rows,
          rejected,
          ...(totalBytes !== undefined && { totalBytes }),
        }),
    });
    await load.run();
    return this.outcome(load, parts);
  }

  private outcome({ rows, rejected, imported }: CsvLoad, { request, file, desk }: LoadOf): ImportOutcome {
    const reason = desk.verdict({ rows, rejected });
    const kept = reason === undefined ? 'keep' : 'refuse';
    return {
      verdict: request.dryRun === true ? 'drop' : kept,
      sha256: file.feed.sha256(),
      bytes: file.feed.bytes,
      rows,
      imported: reason === undefined ? imported : 0,
      rejected,
      ...(reason !== undefined && { reason }),
      finishedAtMs: this.clock.nowMs(),
    };
  }

  private observe({ state, imported, rejected, startedAtMs, finishedAtMs }: ImportRecord, isDry: boolean): void {
    if (isDry) return;
    this.metrics.count('penstock_imports_total', { state });
    this.metrics.count('penstock_imported_rows_total', {}, imported);
    this.metrics.count('penstock_import_rejected_rows_total', {}, rejected);
    this.metrics.observe('penstock_import_seconds', {}, (finishedAtMs - startedAtMs) / 1000);
  }
}

interface LoadOf {
  readonly request: CsvImport;
  readonly follower: ImportFollower;
  readonly file: OpenCsv;
  readonly rules: RowRules;
  readonly desk: RejectDesk;
}

function rejection({ id, reason, errorTable }: ImportRecord, first: readonly BadRowView[]): PenstockError {
  const place = errorTable === undefined ? '' : ` The bad rows are in "${errorTable}" under the import ${id}.`;
  const faults = first.map(({ line, message }) => ({ path: `line ${line}`, message }));
  return new PenstockError('import.rejected', `${reason ?? ''} No row was imported.${place}`, { faults });
}

function importRequest(
  { table, source, schema, errorTable, force = false }: CsvImport,
  { header }: OpenCsv,
  { signal }: ImportFollower,
  startedAtMs: number,
): ImportRequest {
  return {
    id: randomUUID(),
    table,
    source: source.name,
    columns: header.names,
    delimiter: header.delimiter,
    ...(schema !== undefined && { errorTable: errorTable ?? DEFAULT_ERROR_TABLE }),
    isForced: force,
    startedAtMs,
    ...(signal !== undefined && { signal }),
  };
}
