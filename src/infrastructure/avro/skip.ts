import type { AvroNode } from '../../domain/event-pipelines/avro/avro-node.js';
import { type AvroInput, NotAvro } from './avro-input.js';

/** Passes over one value that the reader's schema has no field for. */
export type Skip = (input: AvroInput) => void;

export function skip(node: AvroNode): Skip {
  return new Skips().of(node);
}

class Skips {
  private readonly begun = new Map<AvroNode, Skip>();

  of(node: AvroNode): Skip {
    switch (node.kind) {
      case 'union':
        return branch(node.branches.map((each) => this.of(each)));
      case 'array':
        return blocks(this.of(node.items));
      case 'map':
        return blocks(inTurn([OF_BYTES, this.of(node.values)]));
      case 'record':
        return this.record(node);
      case 'fixed':
        return (input) => void input.take(node.size);
      case 'null':
        return () => undefined;
      case 'boolean':
        return (input) => void input.take(1);
      case 'float':
        return (input) => void input.take(4);
      case 'double':
        return (input) => void input.take(8);
      case 'bytes':
      case 'string':
        return OF_BYTES;
      case 'int':
      case 'long':
      case 'enum':
        return (input) => void input.long();
    }
  }

  private record(node: AvroNode & { readonly kind: 'record' }): Skip {
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

const OF_BYTES: Skip = (input) => void input.take(input.size());

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
