import { PenstockError } from '../../domain/errors.js';
import type { Secret, SecretStore } from '../../domain/ports/secret-store.port.js';
import { secretOf } from './secret-text.js';

/** Reads a variable; undefined: it is not set. */
export type EnvironmentLook = (variable: string) => string | undefined;

/** Secrets that are variables of the environment: `db_password` is the variable of that name, or else `DB_PASSWORD`. */
export class EnvironmentSecretStore implements SecretStore {
  constructor(private readonly look: EnvironmentLook) {}

  async read(id: string): Promise<Secret> {
    const value = this.look(id) ?? this.look(id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_'));
    if (value !== undefined) return secretOf(value);
    throw new PenstockError('secret.unknown', `There is no variable for the secret "${id}".`);
  }
}
