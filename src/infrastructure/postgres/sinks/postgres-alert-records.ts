import { PenstockError } from '../../../domain/errors.js';
import type { AlertRecord } from '../../../domain/event-pipelines/window-alerts.js';
import type { AlertPage, AlertRecords, AlertsWanted, FiringCount } from '../../../domain/ports/alert-records.port.js';
import type { FollowLease } from '../../../domain/ports/window-follows.port.js';
import { decodeCursor, encodeCursor } from '../../../domain/shared/cursor.js';
import type { PostgresPool } from '../postgres-pool.js';
import { type AlertRow, recordOf } from './alert-rows.js';
import { underLease } from './follow-fence.js';
import { momentText } from './window-tables.js';

const LIST = `
  SELECT * FROM penstock.window_alert
  WHERE domain = $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR alert = $3)
    AND ($4::bigint IS NULL OR id < $4)
  ORDER BY id DESC LIMIT $5`;

const FIRING = `
  SELECT alert, severity, count(*)::int AS windows FROM penstock.window_alert
  WHERE domain = $1 AND state = 'firing' GROUP BY alert, severity ORDER BY alert`;

/** Resolved at a time; what is left over is resolved at the next turn. */
const MOST_PASSED = 1000;

const PASS = `
  UPDATE penstock.window_alert SET state = 'resolved', resolved_at = $3::timestamptz,
    resolution = CASE WHEN alert = ANY ($2::text[]) THEN 'passed' ELSE 'removed' END
  WHERE domain = $1 AND id IN (
    SELECT id FROM penstock.window_alert
    WHERE domain = $1 AND state = 'firing' AND (passes_at <= $3::timestamptz OR alert <> ALL ($2::text[]))
    ORDER BY passes_at LIMIT ${MOST_PASSED})
  RETURNING *`;

const SWEEP = `
  DELETE FROM penstock.window_alert
  WHERE domain = $1 AND ((state = 'resolved' AND resolved_at < $2::timestamptz) OR id <= coalesce(
    (SELECT id FROM penstock.window_alert WHERE domain = $1 ORDER BY id DESC OFFSET $3 LIMIT 1), 0))`;

/** Alerts in `penstock.window_alert`, which `PostgresWindowFollows` writes. */
export class PostgresAlertRecords implements AlertRecords {
  constructor(private readonly pool: PostgresPool) {}

  async list({ domain, state, alert, limit, cursor }: AlertsWanted): Promise<AlertPage> {
    const before = cursor === undefined ? null : placeOf(cursor);
    const values = [domain, state ?? null, alert ?? null, before, limit + 1];
    const { rows } = await this.pool.query<AlertRow>(LIST, values);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? { next: encodeCursor(last.id) } : {};
    return { records: page.map(recordOf), ...next };
  }

  async firing(domain: string): Promise<FiringCount[]> {
    const { rows } = await this.pool.query<{ alert: string; severity: AlertRecord['severity']; windows: number }>(
      FIRING,
      [domain],
    );
    return rows;
  }

  pass(lease: FollowLease, alerts: readonly string[], nowMs: number): Promise<AlertRecord[]> {
    return underLease(this.pool, lease, async (client) => {
      const { rows } = await client.query<AlertRow>(PASS, [lease.domain, alerts, momentText(nowMs)]);
      return rows.map(recordOf);
    });
  }

  async sweep(domain: string, resolvedBeforeMs: number, most: number): Promise<number> {
    const { rowCount } = await this.pool.query(SWEEP, [domain, momentText(resolvedBeforeMs), most]);
    return rowCount ?? 0;
  }
}

function placeOf(cursor: string): string {
  const place = decodeCursor(cursor);
  if (/^\d{1,18}$/.test(place)) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one of alerts.');
}
