import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Column } from '../../src/domain/shared/column.js';
import type { StreamRecord } from '../../src/domain/stream-onboarding/stream-record.js';

/** Purchases and page views of about 300 bytes, as the stream of the demonstration has them. */
export const COLUMNS: readonly Column[] = [
  { name: 'n', type: 'UInt64' },
  { name: 'lane', type: 'UInt8' },
  { name: 'event_timestamp', type: "DateTime64(3, 'UTC')" },
  { name: 'event_type', type: 'LowCardinality(String)' },
  { name: 'page_url', type: 'String' },
  { name: 'product_id', type: 'Nullable(Int64)' },
  { name: 'session_id', type: 'String' },
  { name: 'user_id', type: 'Int64' },
  { name: 'amount', type: 'Nullable(Float64)' },
  { name: 'tags', type: 'Array(String)' },
];

const TYPES = ['page_view', 'purchase', 'add_to_cart', 'sign_in'] as const;
const FIRST_MS = Date.UTC(2026, 0, 1);
const FIRST_SEQUENCE = 49_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000n;

export function event(n: number, lane = 0): Record<string, unknown> {
  const digest = createHash('md5').update(String(n)).digest('hex');
  return {
    n,
    lane,
    event_timestamp: new Date(FIRST_MS + n * 7).toISOString(),
    event_type: TYPES[n % TYPES.length],
    page_url: `https://www.example.com/catalogue/${digest.slice(0, 12)}?from=mail&campaign=${n % 50}`,
    product_id: n % 3 === 0 ? null : n % 5000,
    session_id: digest,
    user_id: (n * 2_654_435_761) % 1_000_000_007,
    amount: (n % 100_000) / 100,
    tags: [`t${n % 7}`, `t${n % 11}`],
  };
}

export function eventBytes(n: number, lane?: number): Buffer {
  return Buffer.from(JSON.stringify(event(n, lane)));
}

/** As a shard gives them. */
export function streamRecords(count: number): StreamRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    sequenceNumber: String(FIRST_SEQUENCE + BigInt(n)),
    subSequenceNumber: 0,
    partitionKey: `key-${n % 997}`,
    data: Uint8Array.from(eventBytes(n)),
    arrivedAtMs: FIRST_MS + n,
  }));
}

/** One row a line. */
export function ndjson(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, n) => Buffer.from(`${JSON.stringify(event(n))}\n`)));
}
