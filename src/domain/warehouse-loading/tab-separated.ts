import type { TextRow } from './row-reader.js';

const SPECIAL = /[\\\t\n\r]/;
const ALL_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A row as a line of PostgreSQL's COPY format `text` and of ClickHouse's TabSeparated, without its line feed. */
export function tabSeparated(row: TextRow): string {
  let line = '';
  for (let index = 0; index < row.length; index += 1) {
    const text = row[index];
    if (index > 0) line += '\t';
    line += text === null || text === undefined ? '\\N' : escaped(text);
  }
  return line;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(ALL_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}
