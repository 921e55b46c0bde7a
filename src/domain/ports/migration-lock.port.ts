/** At most one process of all that share the databases migrates at a time. */
export abstract class MigrationLock {
  /**
   * Runs the work while holding the lock, which ends with the process that holds it. Should the lock be lost on the way
   * (its database restarted) the work still runs to its end: migrations are written to survive that.
   *
   * @throws PenstockError `database.unreachable`, `migration.failed` when another process held it too long
   */
  abstract hold<T>(work: () => Promise<T>): Promise<T>;
}
