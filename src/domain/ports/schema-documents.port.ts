import type { DocumentNode } from '../sales-reporting/row-schema.js';

/** Text of YAML as a tree that remembers lines, so that faults can be shown where they are. */
export abstract class SchemaDocuments {
  /** @throws PenstockError `schema.invalid` with faults that name lines; values stand in none of them */
  abstract parse(text: string): DocumentNode;
}
