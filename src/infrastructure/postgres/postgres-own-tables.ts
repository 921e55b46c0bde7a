import type { PostgresPool } from './postgres-pool.js';

/**
 * The service's own tables, for commands that may be the first thing that ever runs on a database: where there are none,
 * the migrations are applied first.
 */
export class PostgresOwnTables {
  private isThere = false;

  /** @param migrate undefined where a deployment migrates by itself */
  constructor(
    private readonly pool: PostgresPool,
    private readonly migrate: (() => Promise<unknown>) | undefined,
  ) {}

  async ensure(): Promise<void> {
    if (this.isThere || this.migrate === undefined) return;
    const { rows } = await this.pool.query<{ found: boolean }>(
      `SELECT to_regclass('penstock.imports') IS NOT NULL AS found`,
    );
    if (rows[0]?.found !== true) await this.migrate();
    this.isThere = true;
  }
}
