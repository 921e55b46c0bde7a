import { readFile, stat } from 'node:fs/promises';
import { type Fault, PenstockError } from '../../../domain/errors.js';
import type { Column } from '../../../domain/shared/column.js';

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Reads `[{"name": …, "type": …}]`, or an object with such a list as `schema` or `inferredSchema`, as other commands print.
 *
 * @throws PenstockError `request.invalid`, `schema.invalid`
 */
export async function readSchemaFile(path: string): Promise<Column[]> {
  const parsed = parse(path, await readText(path));
  const list = Array.isArray(parsed) ? parsed : listOf(parsed);
  if (list === undefined) throw new PenstockError('schema.invalid', `"${path}" holds no list of columns.`);
  const faults: Fault[] = [];
  const columns = list.flatMap((column: unknown, index) => {
    if (isColumn(column)) return [{ name: column.name, type: column.type }];
    faults.push({ path: `schema.${index}`, message: 'is not an object with a name and a type' });
    return [];
  });
  if (faults.length > 0) throw new PenstockError('schema.invalid', `"${path}" is not a schema.`, { faults });
  return columns;
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PenstockError('request.invalid', `"${path}" cannot be read.`, { cause });
  }
  throw new PenstockError('schema.invalid', `"${path}" is larger than ${MAX_FILE_BYTES} bytes.`);
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PenstockError('schema.invalid', `"${path}" is not JSON.`);
  }
}

function listOf(parsed: unknown): unknown[] | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { schema, inferredSchema } = parsed as { schema?: unknown; inferredSchema?: unknown }; // both checked below
  return [schema, inferredSchema].find((list) => Array.isArray(list));
}

function isColumn(value: unknown): value is Column {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('type' in value)) return false;
  return typeof value.name === 'string' && typeof value.type === 'string';
}
