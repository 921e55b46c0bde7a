/** A JSON object of parts that are JSON text already: values that were written once are not parsed to be written again. */
export function jsonObject(parts: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(parts).filter(([, text]) => text !== undefined);
  return `{${known.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

export function jsonList(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}
