import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });

/** @throws Error when the attribute is missing: then the item is none of ours */
export function readText(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new Error(`The item has no text "${name}".`);
  return value;
}

/** @throws Error as `readText` */
export function readNumber(item: Item, name: string): number {
  const value = item[name]?.N;
  if (value === undefined) throw new Error(`The item has no number "${name}".`);
  return Number(value);
}

/** Texts and numbers of a flat object; fields without a value are left out. */
export function toMap(values: Readonly<Record<string, string | number | undefined>>): AttributeValue {
  const map: Item = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) map[name] = typeof value === 'number' ? number(value) : text(value);
  }
  return { M: map };
}

export function fromMap(attribute: AttributeValue | undefined): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const [name, { N, S }] of Object.entries(attribute?.M ?? {})) {
    if (N !== undefined) values[name] = Number(N);
    else if (S !== undefined) values[name] = S;
  }
  return values;
}
