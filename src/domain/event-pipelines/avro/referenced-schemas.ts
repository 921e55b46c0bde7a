import { PenstockError } from '../../errors.js';

export interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface ReferringSchema {
  readonly schema: string;
  readonly references: readonly Reference[];
}

/** Most schemas that one schema names types of, those that these need included. */
const MAX_REFERENCED = 500;

/**
 * The texts of all schemas that references lead to, each once, those first that others need.
 *
 * @param find undefined: there is no such version
 * @throws PenstockError `schema.invalid` when one is missing, or there are too many
 */
export async function referencedSchemas(
  references: readonly Reference[],
  find: (reference: Reference) => Promise<ReferringSchema | undefined>,
): Promise<string[]> {
  const texts: string[] = [];
  const seen = new Set<string>();
  const visit = async (all: readonly Reference[]): Promise<void> => {
    for (const reference of all) {
      const key = JSON.stringify([reference.subject, reference.version]);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_REFERENCED) {
        throw new PenstockError('schema.invalid', `The schema refers to more than ${MAX_REFERENCED} others.`);
      }
      const found = await find(reference);
      if (found === undefined) throw missing(reference);
      await visit(found.references);
      texts.push(found.schema);
    }
  };
  await visit(references);
  return texts;
}

function missing({ name, subject, version }: Reference): PenstockError {
  return new PenstockError(
    'schema.invalid',
    `The reference ${name} names version ${version} of ${subject}, which is not there.`,
  );
}
