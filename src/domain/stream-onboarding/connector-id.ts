const MAX_READABLE = 40;

/** An id that people can read and type: the table's name, as far as a URL takes it, and something that makes it unique. */
export function connectorIdFor(table: string, unique: string): string {
  const readable = table
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .slice(0, MAX_READABLE)
    .replaceAll(/^-+|-+$/gu, '');
  return `${readable || 'table'}-${unique}`;
}
