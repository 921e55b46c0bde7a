const GAP = '  ';
const MAX_CELL = 120;

type Cell = string | number | bigint | boolean | null | undefined;

/** Rows under a head, in columns; numbers stand to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => head.map((_, column) => cellText(row[column])));
  const widths = head.map((title, column) => Math.max(title.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => isNumeric(row[column])));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join(GAP)
      .trimEnd();
  return [line(head.map((title) => title.toUpperCase())), ...texts.map(line)];
}

/** Names and values, one a line; what is not there is left out. */
export function textRecord(record: Readonly<Record<string, Cell>>): string[] {
  const known = Object.entries(record).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}${GAP}${cellText(value)}`);
}

function isNumeric(cell: Cell): boolean {
  return cell === undefined || typeof cell === 'number' || typeof cell === 'bigint';
}

/** Values come from streams: one that held the control sequences of a terminal would drive it. */
function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  const text = String(cell).replaceAll(/\p{Cc}/gu, (control) =>
    JSON.stringify(control)
      .slice(1, -1)
      .replace(/^[\u007f-\u009f]$/u, '?'),
  );
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
