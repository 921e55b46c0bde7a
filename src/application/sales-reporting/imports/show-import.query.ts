import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { type ImportRecord, WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { type ImportView, importView } from './import-view.js';

/** One import that ended. */
export class ShowImportQuery extends Query<ImportView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ShowImportQuery)
export class ShowImportHandler implements IQueryHandler<ShowImportQuery> {
  constructor(private readonly imports: WarehouseImports) {}

  async execute({ id }: ShowImportQuery): Promise<ImportView> {
    return importView(await knownImport(this.imports, id));
  }
}

/** @throws PenstockError `import.unknown` */
export async function knownImport(imports: WarehouseImports, id: string): Promise<ImportRecord> {
  const record = await imports.get(id);
  if (record === undefined) throw new PenstockError('import.unknown', 'There is no import of this id.');
  return record;
}
