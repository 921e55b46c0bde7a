/** A row of events_part, as analytics services export it; `n` makes its key. */
export function eventRow(n: number): Record<string, unknown> {
  const hex = n.toString(16).padStart(12, '0');
  return {
    // Keys come in no order, as they do from anybody.
    uuid: `${((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}-0000-4000-8000-${hex}`,
    event_type: ['page_view', 'product_view', 'add_to_cart', 'purchase'][n % 4],
    event_time: new Date(Date.UTC(2024, 0, 1) + n * 37).toISOString(),
    user_id: 10_000 + (n % 5000),
    platform: 'iOS',
    device_id: `device-${n % 9000}`,
    event_id: n,
    language: 'French',
    os_name: 'ios',
    os_version: '17.1',
    session_id: 1_704_067_200_000 + n * 11,
    start_version: '1.0.0',
    version_name: '2.3.1',
  };
}

export function eventRows(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, n) => eventRow(n));
}

/** The same as lines of PostgreSQL's COPY format; none of the values needs escaping. */
export function copyLines(rows: readonly Record<string, unknown>[]): string {
  return rows.map((row) => `${Object.values(row).join('\t')}\n`).join('');
}
