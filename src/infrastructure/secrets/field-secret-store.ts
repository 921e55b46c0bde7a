import { PenstockError } from '../../domain/errors.js';
import type { Secret, SecretStore } from '../../domain/ports/secret-store.port.js';
import { secretField } from '../../domain/shared/secret-field.js';
import { secretOf } from './secret-text.js';

/** Another store, in which `NAME#FIELD` is one field of a secret that is a JSON object. */
export class FieldSecretStore implements SecretStore {
  constructor(private readonly secrets: SecretStore) {}

  async read(id: string): Promise<Secret> {
    const at = id.indexOf('#');
    if (at < 0) return this.secrets.read(id);
    const name = id.slice(0, at);
    const { value } = await this.secrets.read(name);
    return secretOf(fieldOf(name, value, id.slice(at + 1)));
  }
}

/** @throws PenstockError `secret.invalid`, `secret.unknown` */
function fieldOf(id: string, text: string, field: string): string {
  const fields = parse(text);
  if (fields === undefined) throw new PenstockError('secret.invalid', `The secret "${id}" is no JSON object.`);
  return secretField(id, fields, field);
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // What is wrong with it may quote it.
  }
  return undefined;
}
