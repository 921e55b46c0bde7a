/** The value of a secret as it is now. */
export interface Secret {
  readonly value: string;
  /** Differs where the value does. */
  readonly version: string;
}

/**
 * Where passwords are kept that must not stand in the environment, and change while the service runs. Nothing is kept here
 * between two reads: whoever reads decides how old a value may be. Every adapter passes
 * test/contracts/secret-store.contract.ts.
 */
export abstract class SecretStore {
  /**
   * The current value of a secret that is text.
   *
   * @throws PenstockError `secret.unknown` (none of this name, or deleted), `secret.invalid` (no text), `secret.refused` (the
   * service may not read it), `secret.unreachable`
   */
  abstract read(id: string): Promise<Secret>;
}
