import type { Item } from './attributes.js';

/** The parts of an UpdateItem request that set and remove attributes by name, if others have the values expected. */
export interface ConditionalUpdate {
  readonly set: Item;
  /** Numbers that are counted up. */
  readonly add?: Item;
  readonly remove?: readonly string[];
  /** Attributes and what they must hold; undefined: they must not be there. */
  readonly expect: Readonly<Record<string, Item[string] | undefined>>;
}

/** Every name and value is passed by placeholder: words such as `state` are reserved in DynamoDB's expressions. */
export function updateExpression({ set, add = {}, remove = [], expect }: ConditionalUpdate) {
  const names: Record<string, string> = {};
  const values: Item = {};
  const nameOf = (name: string): string => {
    const placeholder = `#${name}`;
    names[placeholder] = name;
    return placeholder;
  };
  const sets = Object.entries(set).map(([name, value]) => {
    values[`:set_${name}`] = value;
    return `${nameOf(name)} = :set_${name}`;
  });
  const adds = Object.entries(add).map(([name, value]) => {
    values[`:add_${name}`] = value;
    return `${nameOf(name)} :add_${name}`;
  });
  const conditions = Object.entries(expect).map(([name, value]) => {
    if (value === undefined) return `attribute_not_exists(${nameOf(name)})`;
    values[`:is_${name}`] = value;
    return `${nameOf(name)} = :is_${name}`;
  });
  const clauses = [
    ['SET', sets],
    ['ADD', adds],
    ['REMOVE', remove.map(nameOf)],
  ] as const;
  return {
    UpdateExpression: clauses
      .flatMap(([word, parts]) => (parts.length > 0 ? `${word} ${parts.join(', ')}` : []))
      .join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
