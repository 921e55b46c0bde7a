import {
  type AvroNode,
  isNamed,
  type NamedNode,
  type Primitive,
  type RecordNode,
} from '../../domain/event-pipelines/avro/avro-node.js';
import { type AvroInput, NotAvro } from './avro-input.js';

/** Passes over one value that the reader's schema has no field for. */
export type Skip = (input: AvroInput) => void;

export function skip(node: AvroNode): Skip {
  return new Skips().of(node);
}

class Skips {
  private readonly begun = new Map<AvroNode, Skip>();

  of(node: AvroNode): Skip {
    if (isNamed(node)) return this.named(node);
    if (node.kind === 'union') return branch(node.branches.map((each) => this.of(each)));
    if (node.kind === 'array') return blocks(this.of(node.items));
    if (node.kind === 'map') return blocks(inTurn([OF_BYTES, this.of(node.values)]));
    return SCALARS[node.kind];
  }

  private named(node: NamedNode): Skip {
    if (node.kind === 'record') return this.record(node);
    return node.kind === 'fixed' ? bytes(node.size) : OF_LONG;
  }

  private record(node: RecordNode): Skip {
    const known = this.begun.get(node);
    if (known !== undefined) return known;
    const holder: { run: Skip } = { run: () => undefined };
    this.begun.set(node, (input) => holder.run(input));
    const fields = inTurn(node.fields.map(({ type }) => this.of(type)));
    holder.run = (input) => {
      input.enter();
      fields(input);
      input.leave();
    };
    return holder.run;
  }
}

function bytes(count: number): Skip {
  return (input) => void input.take(count);
}

const OF_BYTES: Skip = (input) => void input.take(input.size());
const OF_LONG: Skip = (input) => void input.long();

const SCALARS: Readonly<Record<Primitive, Skip>> = {
  null: () => undefined,
  boolean: bytes(1),
  int: OF_LONG,
  long: OF_LONG,
  float: bytes(4),
  double: bytes(8),
  bytes: OF_BYTES,
  string: OF_BYTES,
};

function inTurn(skips: readonly Skip[]): Skip {
  return (input) => {
    for (const each of skips) each(input);
  };
}

function branch(skips: readonly Skip[]): Skip {
  return (input) => {
    const chosen = skips[input.size()];
    if (chosen === undefined) throw new NotAvro();
    chosen(input);
  };
}

function blocks(item: Skip): Skip {
  return (input) => {
    for (let count = input.block(); count > 0; count = input.block()) {
      for (let n = 0; n < count; n += 1) item(input);
    }
  };
}
