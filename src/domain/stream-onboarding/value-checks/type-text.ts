/** A type in parts: `Decimal(9, 2)` has the name `decimal` and the arguments `9` and `2`. */
export interface TypeParts {
  readonly name: string;
  readonly arguments: readonly string[];
}

const TYPE = /^\s*([a-z][a-z0-9_ ]*?)\s*(?:\((.*)\)\s*)?$/isu;

export function typeParts(type: string): TypeParts {
  const [, name = '', inner] = TYPE.exec(type) ?? [];
  return {
    name: name.toLowerCase().replaceAll(/\s+/gu, ' '),
    arguments: inner === undefined ? [] : splitArguments(inner),
  };
}

const TOKEN = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|[(),]|[^(),'`"]+|./gsu;

function splitArguments(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + token);
  }
  return parts.map((part) => part.trim());
}

const NAMED = /^(?:`((?:[^`\\]|\\.|``)*)`|"((?:[^"\\]|\\.|"")*)"|([a-z_][a-z0-9_]*))\s+(.+)$/isu;
const SEVERAL_WORDS = /^(?:double precision|(?:tinyint|smallint|mediumint|int|int1|integer|bigint) (?:un)?signed)$/iu;

/** An argument that may have a name: `a UInt8` in a tuple. */
export function namedType(argument: string): { readonly name: string | undefined; readonly type: string } {
  if (SEVERAL_WORDS.test(argument)) return { name: undefined, type: argument };
  const [, ticked, quoted, bare, type] = NAMED.exec(argument) ?? [];
  if (type === undefined) return { name: undefined, type: argument };
  return { name: bare ?? (ticked ?? quoted ?? '').replaceAll(/\\(.)|([`"])\2/gsu, '$1$2'), type };
}

/** The text of a literal in quotes: `'UTC'`. */
export function literalText(argument: string | undefined): string | undefined {
  return /^'(.*)'$/su.exec(argument ?? '')?.[1];
}
