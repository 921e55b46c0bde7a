import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });

export function textOf(item: Item, name: string): string | undefined {
  return item[name]?.S;
}

export function numberOf(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

/** @throws Error when the attribute is not there: somebody else wrote into our table */
export function requiredText(item: Item, name: string): string {
  const value = textOf(item, name);
  if (value === undefined) throw new Error(`A DynamoDB item has no "${name}".`);
  return value;
}

export function textsOf(item: Item, name: string): string[] {
  return [...(item[name]?.SS ?? [])].sort();
}
