/**
 * Words that ClickHouse cannot (the first line, measured over all of its keywords), or a person should not have to,
 * read as a bare name. `default` is not one of them: it is the database everybody has.
 */
const RESERVED = new Set(
  (
    'constraint false index not null projection true ' +
    'all alter and anti any array as asc asof between by case cast check column create cross delete desc describe ' +
    'distinct drop else end except exists final format from full global group having if ilike in inner insert intersect ' +
    'interval into is join left like limit offset on or order outer paste prewhere primary qualify right sample select ' +
    'semi set settings system table then to truncate ttl union update using values view when where window with'
  ).split(' '),
);

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name as it stands in a statement: bare where that is safe, otherwise in backquotes. */
export function quoteIdentifier(name: string): string {
  if (PLAIN_NAME.test(name) && !RESERVED.has(name.toLowerCase())) return name;
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A text as a ClickHouse string literal. */
export function quoteString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
