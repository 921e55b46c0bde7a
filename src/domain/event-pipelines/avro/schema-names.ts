import { PenstockError } from '../../errors.js';
import { isList, isText, type SchemaJson, type SchemaJsonObject } from './schema-json.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Longest name, so that messages that repeat it stay short. */
const MAX_NAME_CHARS = 1000;

/** A fault of a schema; the path is one into its JSON: `/fields/2/type`. */
export function invalid(path: string, what: string): PenstockError {
  const at = path === '' ? '/' : path;
  return new PenstockError('schema.invalid', `The schema is no Avro schema: ${at} ${what}.`, {
    faults: [{ path: at, message: what }],
  });
}

export function checkName(name: string, path: string): void {
  if (!NAME.test(name) || name.length > MAX_NAME_CHARS) {
    throw invalid(path, 'has a name that is not letters, digits and _ alone, or begins with a digit');
  }
}

function checkFullName(name: string, path: string): void {
  for (const part of name.split('.')) checkName(part, path);
}

/** The name with its namespace: its own, the one given beside it, or the one around it. */
export function fullNameOf(json: SchemaJsonObject, around: string, path: string): string {
  const { name, namespace = around } = json;
  if (!isText(name)) throw invalid(path, 'has no name');
  if (!isText(namespace)) throw invalid(`${path}/namespace`, 'is not a text');
  const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
  checkFullName(full, path);
  return full;
}

/** Aliases of a type. */
export function namesIn(json: SchemaJson | undefined, path: string): string[] {
  return checkedNames(json, path, checkFullName);
}

/** Aliases of a field. */
export function simpleNamesIn(json: SchemaJson | undefined, path: string): string[] {
  return checkedNames(json, path, checkName);
}

export function checkSymbols(json: SchemaJson | undefined, path: string): string[] {
  const symbols = json === undefined ? undefined : checkedNames(json, `${path}/symbols`, checkName);
  if (symbols === undefined) throw invalid(path, 'is an enum without symbols');
  if (new Set(symbols).size !== symbols.length) throw invalid(`${path}/symbols`, 'has a symbol twice');
  return symbols;
}

function checkedNames(
  json: SchemaJson | undefined,
  path: string,
  check: (name: string, path: string) => void,
): string[] {
  if (json === undefined) return [];
  if (!isList(json)) throw invalid(path, 'is not a list of names');
  return json.map((name) => {
    if (!isText(name)) throw invalid(path, 'is not a list of names');
    check(name, path);
    return name;
  });
}
