import { CsvGlue } from './csv-glue.js';
import type { ExportRequest } from './export-request.js';
import { JsonGlue } from './json-glue.js';
import type { PartGlue } from './part-glue.js';

export function glueFor({ format, fields }: ExportRequest): PartGlue {
  return format === 'csv' ? new CsvGlue(fields) : new JsonGlue();
}
