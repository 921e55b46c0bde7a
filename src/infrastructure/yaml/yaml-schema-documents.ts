import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { PenstockError } from '../../domain/errors.js';
import type { SchemaDocuments } from '../../domain/ports/schema-documents.port.js';
import type { DocumentNode } from '../../domain/sales-reporting/row-schema.js';

const MAX_CHARS = 4 * 1024 * 1024;

/** YAML 1.2 without aliases and tags of its own. */
export class YamlSchemaDocuments implements SchemaDocuments {
  parse(text: string): DocumentNode {
    if (text.length > MAX_CHARS) throw invalid([{ path: '', message: `is longer than ${MAX_CHARS} characters` }]);
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
    const faults = document.errors.map(({ pos, code }) => ({
      path: `line ${lines.linePos(pos[0]).line}`,
      message: `is not YAML (${code})`,
    }));
    if (faults.length > 0) throw invalid(faults);
    return toNode(document.contents, lines);
  }
}

function invalid(faults: readonly { readonly path: string; readonly message: string }[]): PenstockError {
  return new PenstockError('schema.invalid', 'The schema file is not YAML.', { faults });
}

function toNode(node: Node | null, lines: LineCounter): DocumentNode {
  const line = node?.range ? lines.linePos(node.range[0]).line : 1;
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      const inner = toNode(value as Node | null, lines); // parseDocument makes nodes of all values
      const keyLine = isScalar(key) && key.range ? lines.linePos(key.range[0]).line : line;
      return { key: name, line: keyLine, node: value === null ? { ...inner, line: keyLine } : inner };
    });
    return { line, entries };
  }
  if (isSeq(node)) return { line, items: node.items.map((item) => toNode(item as Node | null, lines)) };
  return { line, value: isScalar(node) ? scalar(node.value) : null };
}

function scalar(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? Number(value) : null;
}
