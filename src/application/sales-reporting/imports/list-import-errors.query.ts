import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ImportError, WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { encodeCursor } from '../../../domain/shared/cursor.js';
import { numberAt } from './list-imports.query.js';
import { knownImport } from './show-import.query.js';

/** A bad row, in the names of the error table's columns. */
export interface ImportErrorView {
  readonly id: string;
  readonly import_id: string;
  readonly table_name: string;
  readonly line_number: number;
  readonly raw_record: string;
  readonly column_name: string | null;
  readonly value: string | null;
  readonly rule: string;
  readonly message: string;
  readonly created_at: string;
}

export const IMPORT_ERROR_COLUMNS = [
  'id',
  'import_id',
  'table_name',
  'line_number',
  'raw_record',
  'column_name',
  'value',
  'rule',
  'message',
  'created_at',
] as const satisfies readonly (keyof ImportErrorView)[];

export interface ImportErrorList {
  readonly errors: readonly ImportErrorView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

const DEFAULT_LIMIT = 100;

/** Bad rows of an import, in the order in which they were found. */
export class ListImportErrorsQuery extends Query<ImportErrorList> {
  constructor(
    readonly id: string,
    readonly page: { readonly limit?: number; readonly cursor?: string } = {},
  ) {
    super();
  }
}

@QueryHandler(ListImportErrorsQuery)
export class ListImportErrorsHandler implements IQueryHandler<ListImportErrorsQuery> {
  constructor(private readonly imports: WarehouseImports) {}

  async execute({ id, page: { limit = DEFAULT_LIMIT, cursor } }: ListImportErrorsQuery): Promise<ImportErrorList> {
    const record = await knownImport(this.imports, id);
    const after = cursor === undefined ? {} : { after: numberAt(cursor) };
    const found = await this.imports.errors(record, { limit: limit + 1, ...after });
    const errors = found.slice(0, limit);
    const last = errors.at(-1);
    const next = found.length > limit && last !== undefined ? { next: encodeCursor(last.id) } : {};
    return { errors: errors.map(view), ...next };
  }
}

function view(error: ImportError): ImportErrorView {
  return {
    id: error.id,
    import_id: error.importId,
    table_name: error.tableName,
    line_number: error.lineNumber,
    raw_record: error.rawRecord,
    column_name: error.columnName,
    value: error.value,
    rule: error.rule,
    message: error.message,
    created_at: error.createdAt.toISOString(),
  };
}
