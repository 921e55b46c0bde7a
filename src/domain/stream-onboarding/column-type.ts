/** Longest type text; a named tuple of hundreds of fields fits. */
export const MAX_TYPE_LENGTH = 16_384;
const MAX_TYPE_DEPTH = 32;

/** Type names of several words; everything else is one word, with or without parameters. */
const SEVERAL_WORDS =
  /^(double precision|(n?char|character|binary|national char|national character) (large object|varying)|national (char|character)|(tinyint|smallint|mediumint|int|int1|integer|bigint) (signed|unsigned))$/i;
const ONE_WORD = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Spaces, words, numbers, strings, quoted names, and what stands between them; so no comment and no second statement. */
const PARAMETER_TOKEN =
  /\s+|[A-Za-z_][\w.]*|[-+]?\d[\w.]*|'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|[(),=.:]/suy;

/** Whether the text is one type, with balanced parameters and nothing behind it. Whether the type exists, the server says. */
export function isTypeText(text: string): boolean {
  if (text.length > MAX_TYPE_LENGTH) return false;
  const open = text.indexOf('(');
  const name = (open < 0 ? text : text.slice(0, open)).trim();
  if (open < 0) return ONE_WORD.test(name) || SEVERAL_WORDS.test(name);
  return ONE_WORD.test(name) && isParameterList(text.slice(open).trimEnd());
}

function isParameterList(text: string): boolean {
  let depth = 0;
  PARAMETER_TOKEN.lastIndex = 0;
  while (PARAMETER_TOKEN.lastIndex < text.length) {
    const token = PARAMETER_TOKEN.exec(text)?.[0];
    if (token === undefined) return false;
    if (token === '(' && ++depth > MAX_TYPE_DEPTH) return false;
    if (token === ')' && --depth === 0) return PARAMETER_TOKEN.lastIndex === text.length;
  }
  return false;
}

/** The type without strings and quoted names, so that its type names can be looked for. */
function bareType(type: string): string {
  return type.replaceAll(/'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"/gsu, '');
}

/** Whether a value of this type, or a part of it, can be NULL. */
export function isNullableType(type: string): boolean {
  return /\bnullable\s*\(/iu.test(bareType(type));
}

const NO_KEY =
  /\b(json|object|dynamic|variant|geometry|aggregatefunction|simpleaggregatefunction|nested|qbit|nothing)\b/iu;

/** Whether a MergeTree can be sorted by it: never Nullable, and comparable. */
export function canBeSortKey(type: string): boolean {
  return !isNullableType(type) && !NO_KEY.test(bareType(type));
}

/** The type that also takes NULL: types that cannot be wrapped have an empty value of their own. */
export function nullable(type: string): string {
  if (/^\s*(nullable|array|map|tuple|nested|dynamic|variant|point|ring|polygon|aggregatefunction)\b/iu.test(type))
    return type;
  const low = /^\s*lowcardinality\s*\((.*)\)\s*$/isu.exec(type)?.[1];
  if (low !== undefined) return `LowCardinality(${nullable(low)})`;
  return `Nullable(${type})`;
}
