import avsc from 'avsc';

/** A schema as another implementation reads it. */
export const typeOf = (schema: string): avsc.Type =>
  avsc.Type.forSchema(JSON.parse(schema) as Parameters<typeof avsc.Type.forSchema>[0]);
