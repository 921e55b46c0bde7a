import { PenstockError } from '../../errors.js';
import {
  type AvroNode,
  type AvroSchema,
  type EnumNode,
  isNamed,
  type NamedNode,
  type RecordNode,
  type UnionNode,
} from './avro-node.js';
import { isPromoted, namesMatch, writerField } from './resolve-types.js';

/** As Avro's Java library calls the ways in which data cannot be read. */
export type IncompatibilityType =
  | 'TYPE_MISMATCH'
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'MISSING_UNION_BRANCH'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE';

export interface Incompatibility {
  readonly type: IncompatibilityType;
  /** Into the reader's schema: `/fields/2/type`. */
  readonly path: string;
  readonly message: string;
}

/** More of them help nobody. */
const MAX_FOUND = 100;
/** Pairs of types that are compared at most: unions of records in unions can be made to take for ever. */
const MAX_COMPARED = 200_000;

/**
 * Why data of the writer's schema cannot be read with the reader's, by Avro 1.12, "Schema Resolution"; empty when it can,
 * whatever the data.
 *
 * @throws PenstockError `schema.invalid` when it would take too long to find out
 */
export function incompatibilities(
  reader: Pick<AvroSchema, 'root'>,
  writer: Pick<AvroSchema, 'root'>,
): Incompatibility[] {
  const found = new Resolution(new Map(), { left: MAX_COMPARED }).compare(reader.root, writer.root, '');
  return found.slice(0, MAX_FOUND);
}

class Resolution {
  /** @param compared pairs of which one stands further up, or was there before: what holds itself is not looked at twice */
  constructor(
    private readonly compared: Map<AvroNode, Set<AvroNode>>,
    private readonly budget: { left: number },
  ) {}

  compare(reader: AvroNode, writer: AvroNode, path: string): Incompatibility[] {
    this.budget.left -= 1;
    if (this.budget.left < 0) {
      throw new PenstockError('schema.invalid', 'The schema is too intricate to be compared with another.');
    }
    if (writer.kind === 'union') return this.fromUnion(reader, writer, path);
    if (reader.kind === 'union') return this.toUnion(reader, writer, path);
    if (isNamed(reader) && isNamed(writer)) return this.named(reader, writer, path);
    return this.plain(reader, writer, path);
  }

  private plain(reader: AvroNode, writer: AvroNode, path: string): Incompatibility[] {
    if (reader.kind === 'array' && writer.kind === 'array') {
      return this.compare(reader.items, writer.items, `${path}/items`);
    }
    if (reader.kind === 'map' && writer.kind === 'map') {
      return this.compare(reader.values, writer.values, `${path}/values`);
    }
    return reader.kind === writer.kind || isPromoted(writer, reader) ? [] : [mismatch(path, reader, writer)];
  }

  private named(reader: NamedNode, writer: NamedNode, path: string): Incompatibility[] {
    if (reader.kind !== writer.kind) return [mismatch(path, reader, writer)];
    const known = this.compared.get(reader) ?? new Set<AvroNode>();
    if (known.has(writer)) return [];
    this.compared.set(reader, known.add(writer));
    if (!namesMatch(reader, writer)) return [renamed(reader, writer, path)];
    return this.contents(reader, writer, path);
  }

  private contents(reader: NamedNode, writer: NamedNode, path: string): Incompatibility[] {
    if (reader.kind === 'record' && writer.kind === 'record') return this.fields(reader, writer, path);
    if (reader.kind === 'enum' && writer.kind === 'enum') return symbols(reader, writer, path);
    if (reader.kind !== 'fixed' || writer.kind !== 'fixed' || reader.size === writer.size) return [];
    const message = `reads ${reader.size} bytes of ${reader.fullName}, which are written as ${writer.size}`;
    return [{ type: 'FIXED_SIZE_MISMATCH', path: `${path}/size`, message }];
  }

  private fields(reader: RecordNode, writer: RecordNode, path: string): Incompatibility[] {
    return reader.fields.flatMap((field, n): Incompatibility[] => {
      const at = `${path}/fields/${n}`;
      const written = writerField(writer, field);
      if (written !== undefined) return this.compare(field.type, written.type, `${at}/type`);
      if (field.default !== undefined) return [];
      const message = `the field "${field.name}" is not in the data, and has no default`;
      return [{ type: 'READER_FIELD_MISSING_DEFAULT_VALUE', path: at, message }];
    });
  }

  private fromUnion(reader: AvroNode, writer: UnionNode, path: string): Incompatibility[] {
    return writer.branches.flatMap((branch) => {
      if (reader.kind === 'union') return this.toUnion(reader, branch, path);
      return this.compare(reader, branch, path);
    });
  }

  private toUnion(reader: UnionNode, writer: AvroNode, path: string): Incompatibility[] {
    const fits = reader.branches.some((branch) => this.trial().compare(branch, writer, '').length === 0);
    if (fits) return [];
    return [{ type: 'MISSING_UNION_BRANCH', path, message: `the union has no branch for ${wordFor(writer)}` }];
  }

  /** What it marks as compared is not kept, for it may fail. */
  private trial(): Resolution {
    const compared = new Map([...this.compared].map(([node, others]) => [node, new Set(others)] as const));
    return new Resolution(compared, this.budget);
  }
}

function symbols(reader: EnumNode, writer: EnumNode, path: string): Incompatibility[] {
  if (reader.default !== undefined) return [];
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0) return [];
  const some = missing.slice(0, 10).join(', ');
  return [{ type: 'MISSING_ENUM_SYMBOLS', path: `${path}/symbols`, message: `the symbols ${some} may be in the data` }];
}

function renamed(reader: NamedNode, writer: NamedNode, path: string): Incompatibility {
  const message = `the data is of ${writer.fullName}, which is neither the name nor an alias of ${reader.fullName}`;
  return { type: 'NAME_MISMATCH', path: `${path}/name`, message };
}

function mismatch(path: string, reader: AvroNode, writer: AvroNode): Incompatibility {
  return { type: 'TYPE_MISMATCH', path, message: `${wordFor(writer)} in the data is not read as ${wordFor(reader)}` };
}

function wordFor(node: AvroNode): string {
  return isNamed(node) ? `${node.kind} ${node.fullName}` : node.kind;
}
