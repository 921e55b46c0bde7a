/** Elements by name; a list repeats the element, nothing leaves it out. */
export interface XmlElement {
  readonly [name: string]: XmlContent | readonly XmlContent[];
}
type XmlContent = XmlElement | string | number | boolean | undefined;

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document of S3: one root element in its namespace. */
export function xmlDocument(root: string, content: XmlElement | string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner(content)}</${root}>`;
}

/** Errors have no namespace. */
export function xmlError(content: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner(content)}</Error>`;
}

function inner(content: XmlContent): string {
  if (typeof content !== 'object') return escape(String(content ?? ''));
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one: XmlContent) => element(name, one)))
    .join('');
}

function element(name: string, content: XmlContent): string {
  return content === undefined ? '' : `<${name}>${inner(content)}</${name}>`;
}

/** Control characters as S3 writes them, though only XML 1.1 would have them; clients ask for `encoding-type=url`. */
function escape(text: string): string {
  return text.replaceAll(SPECIAL, (char) => ENTITIES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);
}

// oxlint-disable-next-line no-control-regex
const SPECIAL = /[&<>"\u0000-\u0008\u000b-\u001f]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};
