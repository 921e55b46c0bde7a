import type { TextRow } from './row-reader.js';

const SPECIAL = /[\\\t\n\r]/;
const ALL_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A row as a line of PostgreSQL's COPY format `text` and of ClickHouse's TabSeparated, without its line feed. */
export function tabSeparated(row: TextRow): string {
  // Joined at once: a text that is added to again and again is a tree, and work for the garbage collector.
  return (row.some(isSpecial) ? row.map(cellOf) : row).join('\t');
}

function isSpecial(text: string | null): boolean {
  return text === null || SPECIAL.test(text);
}

function cellOf(text: string | null): string {
  return text === null ? '\\N' : text.replaceAll(ALL_SPECIAL, (character) => ESCAPES[character] ?? character);
}
