/** The shop whose visits the demonstration copies. */
export const SHOP = {
  stream: 'shop-sessions',
  database: 'default',
  /** `shop_events_2` and so on, where somebody else's table has the name. */
  table: 'shop_events',
  maxTables: 9,
  perMinute: 'events_per_minute',
  timeColumn: 'event_timestamp',
  groupColumn: 'event_type',
} as const;

/** What was published before the shop's first visitor of now came. */
export const HISTORY = { sessions: 200, spanMs: 30 * 60_000 } as const;

/** A session's events carry times of up to this long after its start: none is to lie ahead of now. */
export const SESSION_MS = 100_000;

export function shopTable(attempt: number): string {
  return attempt === 1 ? SHOP.table : `${SHOP.table}_${attempt}`;
}

export function isShopTable(name: string): boolean {
  return new RegExp(`^${SHOP.table}(_\\d)?$`, 'u').test(name);
}
