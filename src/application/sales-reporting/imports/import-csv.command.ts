import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Metrics } from '../../../domain/ports/metrics.port.js';
import { SchemaDocuments } from '../../../domain/ports/schema-documents.port.js';
import {
  type ImportRecord,
  type ImportRequest,
  WarehouseImports,
} from '../../../domain/ports/warehouse-imports.port.js';
import { checkSchemaColumns } from '../../../domain/sales-reporting/match-header.js';
import type { CsvHeader } from '../../../domain/sales-reporting/csv/header.js';
import type { CsvImport, ImportFollower } from './csv-import.js';
import { ImportAttempts } from './import-attempts.js';
import { type ImportView, importView } from './import-view.js';
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
    const attempts = await ImportAttempts.open({ request, follower, table, fields });
    try {
      const record = await this.imports.run(importRequest(request, attempts.header, follower, startedAtMs), (session) =>
        attempts.load(session),
      );
      const isDry = request.dryRun ?? false;
      this.observe(record, isDry);
      if (record.state === 'failed') throw rejection(record, attempts.firstErrors, isDry);
      return { ...importView(record), dryRun: isDry, firstErrors: attempts.firstErrors };
    } finally {
      await attempts.close();
    }
  }

  private observe({ state, imported, rejected, startedAtMs, finishedAtMs }: ImportRecord, isDry: boolean): void {
    if (isDry) return;
    this.metrics.count('penstock_imports_total', { state });
    this.metrics.count('penstock_imported_rows_total', {}, imported);
    this.metrics.count('penstock_import_rejected_rows_total', {}, rejected);
    this.metrics.observe('penstock_import_seconds', {}, (finishedAtMs - startedAtMs) / 1000);
  }
}

function rejection(
  { id, reason, errorTable }: ImportRecord,
  first: readonly BadRowView[],
  isDry: boolean,
): PenstockError {
  const place = errorTable === undefined || isDry ? '' : ` The bad rows are in "${errorTable}" under the import ${id}.`;
  const faults = first.map(({ line, message }) => ({ path: `line ${line}`, message }));
  return new PenstockError('import.rejected', `${reason ?? ''} No row was imported.${place}`, { faults });
}

function importRequest(
  { id, table, source, schema, errorTable, force = false }: CsvImport,
  header: CsvHeader,
  { signal }: ImportFollower,
  startedAtMs: number,
): ImportRequest {
  return {
    id: id ?? randomUUID(),
    table,
    source: source.name,
    columns: header.names,
    delimiter: header.delimiter,
    ...(schema !== undefined && { errorTable: errorTable ?? DEFAULT_ERROR_TABLE }),
    isForced: force,
    isRepeatable: source.isRepeatable,
    startedAtMs,
    ...(signal !== undefined && { signal }),
  };
}
