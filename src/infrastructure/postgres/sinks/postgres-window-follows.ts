import type { ClientBase } from 'pg';
import type { WindowTable } from '../../../domain/event-pipelines/window-table.js';
import type {
  FollowedPage,
  FollowLease,
  FollowPosition,
  FollowReceipt,
  WindowFollows,
} from '../../../domain/ports/window-follows.port.js';
import type { PostgresPool } from '../postgres-pool.js';
import { recordAlerts } from './alert-rows.js';
import { underLease } from './follow-fence.js';
import { beginWindowTable, upsertWindows } from './window-tables.js';

const TAKE = `
  INSERT INTO penstock.window_follow AS kept (domain, holder, fence, lease_until)
  VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
  ON CONFLICT (domain) DO UPDATE
  SET holder = EXCLUDED.holder, lease_until = EXCLUDED.lease_until,
      fence = kept.fence + CASE WHEN kept.holder = EXCLUDED.holder AND kept.lease_until > now() THEN 0 ELSE 1 END
  WHERE kept.holder = EXCLUDED.holder OR kept.holder IS NULL OR kept.lease_until <= now()
  RETURNING fence`;

const RELEASE = `
  UPDATE penstock.window_follow SET holder = NULL, lease_until = NULL WHERE domain = $1 AND fence = $2`;

const POSITIONS = `
  SELECT domain, aggregation, fingerprint, is_filled, fill_cursor, told_ms, decided_ms
  FROM penstock.window_position WHERE $1::text IS NULL OR domain = $1 ORDER BY domain, aggregation`;

const KEEP_POSITION = `
  INSERT INTO penstock.window_position (domain, aggregation, fingerprint, is_filled, fill_cursor, told_ms, decided_ms)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (domain, aggregation) DO UPDATE
  SET fingerprint = EXCLUDED.fingerprint, is_filled = EXCLUDED.is_filled, fill_cursor = EXCLUDED.fill_cursor,
      told_ms = EXCLUDED.told_ms, decided_ms = EXCLUDED.decided_ms`;

const RETIRE = 'DELETE FROM penstock.window_position WHERE domain = $1 AND aggregation <> ALL ($2::text[])';

interface PositionRow {
  readonly domain: string;
  readonly aggregation: string;
  readonly fingerprint: string;
  readonly is_filled: boolean;
  readonly fill_cursor: string | null;
  readonly told_ms: string;
  readonly decided_ms: string;
}

/** Windows in tables of the user's schemas; leases, positions and alerts in the service's own. */
export class PostgresWindowFollows implements WindowFollows {
  constructor(private readonly pool: PostgresPool) {}

  async take(domain: string, holder: string, leaseMs: number): Promise<FollowLease | undefined> {
    const { rows } = await this.pool.query<{ fence: string }>(TAKE, [domain, holder, leaseMs]);
    return rows[0] && { domain, fence: rows[0].fence, leaseMs };
  }

  async release({ domain, fence }: FollowLease): Promise<void> {
    await this.pool.query(RELEASE, [domain, fence]);
  }

  async positions(domain?: string): Promise<FollowPosition[]> {
    const { rows } = await this.pool.query<PositionRow>(POSITIONS, [domain ?? null]);
    return rows.map((row) => ({
      domain: row.domain,
      aggregation: row.aggregation,
      fingerprint: row.fingerprint,
      isFilled: row.is_filled,
      ...(row.fill_cursor !== null && { fillCursor: row.fill_cursor }),
      toldMs: Number(row.told_ms),
      decidedMs: Number(row.decided_ms),
    }));
  }

  begin(lease: FollowLease, position: FollowPosition, table: WindowTable | undefined): Promise<void> {
    return underLease(this.pool, lease, async (client) => {
      if (table !== undefined) await beginWindowTable(client, table);
      await keep(client, position);
    });
  }

  write(lease: FollowLease, { position, table, windows, evaluations, nowMs }: FollowedPage): Promise<FollowReceipt> {
    return underLease(this.pool, lease, async (client) => {
      const written = table === undefined ? 0 : await upsertWindows(client, table, { windows });
      const changes = await recordAlerts(client, lease.domain, evaluations, nowMs);
      await keep(client, position);
      return { written, changes };
    });
  }

  retire(lease: FollowLease, kept: readonly string[]): Promise<void> {
    return underLease(this.pool, lease, async (client) => {
      await client.query(RETIRE, [lease.domain, kept]);
    });
  }
}

async function keep(client: ClientBase, position: FollowPosition): Promise<void> {
  const { domain, aggregation, fingerprint, isFilled, fillCursor = null, toldMs, decidedMs } = position;
  await client.query(KEEP_POSITION, [domain, aggregation, fingerprint, isFilled, fillCursor, toldMs, decidedMs]);
}
