import { malformedXml } from './s3-errors.js';

/** An element of a request: its children in order, or its text. */
export interface XmlNode {
  readonly name: string;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

interface OpenNode {
  readonly name: string;
  readonly children: XmlNode[];
  text: string;
}

const MAX_DEPTH = 8;
const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s[^<>]*?)?)(\/?)>|([^<]+)/gy;

/**
 * The plain XML that clients of S3 send: elements and text. Attributes and prefixes are passed over; a document type,
 * with which entities could be defined, is refused.
 *
 * @throws AwsError `MalformedXML`
 */
export function readXml(text: string, root: string): XmlNode {
  const document: OpenNode = { name: '', children: [], text: '' };
  const open: OpenNode[] = [document];
  let at = 0;
  for (const token of text.replace(/^\uFEFF/, '').matchAll(TOKEN)) {
    at = token.index + token[0].length;
    take(token, open);
  }
  const [only, ...others] = document.children;
  const whole = at === text.replace(/^\uFEFF/, '').length && open.length === 1 && document.text.trim() === '';
  if (!whole || !only || only.name !== root || others.length > 0) throw malformedXml();
  return only;
}

function take([, cdata, closing, opening, , empty, text]: RegExpExecArray, open: OpenNode[]): void {
  const current = open.at(-1);
  if (!current) throw malformedXml();
  if (cdata !== undefined) current.text += cdata;
  else if (text !== undefined) current.text += unescape(text);
  else if (closing !== undefined) {
    if (open.length < 2 || current.name !== localName(closing)) throw malformedXml();
    open.pop();
  } else if (opening !== undefined) {
    const node: OpenNode = { name: localName(opening), children: [], text: '' };
    current.children.push(node);
    if (empty === '') open.push(node);
    if (open.length > MAX_DEPTH) throw malformedXml();
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&([^;&]{0,16});?/g, (whole, name: string) => {
    const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const point = code && Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10);
    const char = point !== null && point <= 0x10ffff ? String.fromCodePoint(point) : NAMED[name];
    if (char === undefined || !whole.endsWith(';')) throw malformedXml();
    return char;
  });
}

export function childrenOf(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name);
}

/** The text of a child, or nothing where there is none. @throws AwsError `MalformedXML` when there are two */
export function childText(node: XmlNode, name: string): string | undefined {
  const [first, second] = childrenOf(node, name);
  if (second) throw malformedXml();
  return first?.text;
}
