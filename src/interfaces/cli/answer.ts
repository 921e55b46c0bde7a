export const JSON_FLAGS = '--json';

/** The result on stdout: one line of JSON for machines, or lines of text for people. */
export function answer(result: unknown, lines: readonly string[], json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}
