/** `--csv-path` as `--csv_path`: the commands of the document have underscores, the habits of most people hyphens. */
export function withUnderscores(words: readonly string[]): string[] {
  return words.map((word) => {
    const [, name, rest = ''] = /^(--[a-z]+(?:-[a-z]+)+)(=.*)?$/su.exec(word) ?? [];
    return name === undefined ? word : `--${name.slice(2).replaceAll('-', '_')}${rest}`;
  });
}
