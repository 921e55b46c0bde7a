import { CsvGlue } from './csv-glue.js';
import type { ExportFormat } from './export-request.js';
import { JsonGlue } from './json-glue.js';
import type { PartGlue } from './part-glue.js';

export function glueFor(format: ExportFormat): PartGlue {
  return format === 'csv' ? new CsvGlue() : new JsonGlue();
}
