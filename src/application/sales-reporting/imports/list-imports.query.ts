import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { decodeCursor, encodeCursor } from '../../../domain/shared/cursor.js';
import { type ImportView, importView } from './import-view.js';

export interface ImportList {
  readonly imports: readonly ImportView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export interface ImportFilter {
  readonly table?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

const DEFAULT_LIMIT = 50;

/** Imports that ended, newest first. */
export class ListImportsQuery extends Query<ImportList> {
  constructor(readonly filter: ImportFilter = {}) {
    super();
  }
}

@QueryHandler(ListImportsQuery)
export class ListImportsHandler implements IQueryHandler<ListImportsQuery> {
  constructor(private readonly imports: WarehouseImports) {}

  async execute({ filter }: ListImportsQuery): Promise<ImportList> {
    const { table, limit = DEFAULT_LIMIT, cursor } = filter;
    const page = await this.imports.list({
      limit,
      ...(table !== undefined && { table }),
      ...(cursor !== undefined && { after: numberAt(cursor) }),
    });
    const next = page.next === undefined ? {} : { next: encodeCursor(page.next) };
    return { imports: page.imports.map(importView), ...next };
  }
}

/** A place in a list that is ordered by a number. @throws PenstockError `cursor.invalid` */
export function numberAt(cursor: string): string {
  const place = decodeCursor(cursor);
  if (/^\d{1,18}$/.test(place)) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one of this list.');
}
