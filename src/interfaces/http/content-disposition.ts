/**
 * Has a browser save what it gets, under the last part of a name that may hold anything (RFC 6266): for old ones in ASCII,
 * and exactly, in UTF-8. It never shows it: a page that somebody uploaded would run as one of ours.
 */
export function attachment(path: string): string {
  const name = path.split('/').findLast(Boolean) ?? 'object';
  const plain = name.replaceAll(/[^\u0020-\u007e]|["\\%]/gu, '_');
  const exact = encodeURIComponent(name).replaceAll(
    /['()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
