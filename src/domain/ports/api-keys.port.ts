import type { Caller } from '../shared/scope.js';

/** Who may use the service. */
export abstract class ApiKeys {
  /**
   * The caller a presented key belongs to. Takes the same time for every wrong key.
   *
   * @throws PenstockError `key.missing` when a key is needed and none was presented, `key.refused` when nobody has it
   */
  abstract identify(key: string | undefined): Promise<Caller>;
}
