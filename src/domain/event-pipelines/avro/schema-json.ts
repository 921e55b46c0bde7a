/** JSON as it stands in a schema: numbers keep all their digits, as text with `NUMBER_MARK` in front. */
export type SchemaJson = null | boolean | string | readonly SchemaJson[] | SchemaJsonObject;
export interface SchemaJsonObject {
  readonly [key: string]: SchemaJson;
}

/** A character that no schema has in its texts; those that have it are refused. */
const NUMBER_MARK = '\u0000';
const STRING_OR_NUMBER = /"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** @returns undefined when the text is not JSON */
export function parseSchemaJson(text: string): SchemaJson | undefined {
  try {
    JSON.parse(text); // for what the marks below would hide
    if (text.includes(NUMBER_MARK) || text.includes(String.raw`\u0000`)) return undefined;
    const marked = text.replaceAll(STRING_OR_NUMBER, (token) =>
      token.startsWith('"') ? token : String.raw`"\u0000${token}"`,
    );
    return JSON.parse(marked) as SchemaJson;
  } catch {
    return undefined;
  }
}

/** The digits of a number; undefined for anything else. */
export function numberText(value: SchemaJson | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith(NUMBER_MARK) ? value.slice(1) : undefined;
}

export function isText(value: SchemaJson | undefined): value is string {
  return typeof value === 'string' && !value.startsWith(NUMBER_MARK);
}

export function isObject(value: SchemaJson | undefined): value is SchemaJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: SchemaJson | undefined): value is readonly SchemaJson[] {
  return Array.isArray(value);
}

/** JSON without white space. @param sorted whether the keys of objects are put in order */
export function writeSchemaJson(value: SchemaJson, sorted = false): string {
  if (isList(value)) return `[${value.map((item) => writeSchemaJson(item, sorted)).join(',')}]`;
  if (!isObject(value)) return numberText(value) ?? JSON.stringify(value);
  const keys = sorted ? Object.keys(value).sort() : Object.keys(value);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${writeSchemaJson(value[key] ?? null, sorted)}`).join(',')}}`;
}
