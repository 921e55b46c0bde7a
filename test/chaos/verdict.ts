import { EVENTS } from './events-table.js';
import type { Household } from './household.js';
import type { Accepted } from './load-stream.js';

/** Where every record is now, compared with what the stream has accepted. Empty lists are what is hoped for. */
export interface Verdict {
  /** Accepted, and neither in the table nor a dead letter. */
  readonly lost: string[];
  /** In the table more than once. */
  readonly doubled: string[];
  /** In the table and a dead letter. */
  readonly both: string[];
  /** Fit for the table, but a dead letter, or the other way round. */
  readonly misplaced: string[];
  /** In the table or a dead letter, but never accepted; or with another content than was sent. */
  readonly foreign: string[];
}

const MOST_SHOWN = 20;

interface Found {
  readonly rows: readonly (readonly [place: string, n: number, extra: number | null])[];
  readonly letters: readonly string[];
}

export const NOTHING_WRONG: Verdict = { lost: [], doubled: [], both: [], misplaced: [], foreign: [] };

export async function judge(household: Household, accepted: ReadonlyMap<string, Accepted>): Promise<Verdict> {
  // Columns that were added on the way.
  const added = await household.clickhouse(
    `SELECT name FROM system.columns WHERE table = '${EVENTS}' AND name LIKE 'extra%'`,
  );
  const extra = added.length === 0 ? 'NULL' : `coalesce(${added.map(([name]) => String(name)).join(', ')})`;
  const rows = await household.clickhouse(`SELECT concat(_shard, '/', _sequence_number), n, ${extra} FROM ${EVENTS}`);
  const letters = await household.postgres<{ place: string }>(
    `SELECT shard_id || '/' || sequence_number ||
            CASE sub_sequence_number WHEN 0 THEN '' ELSE ':' || sub_sequence_number END AS place
     FROM penstock.dead_letter`,
  );
  return compare({ rows: rows as unknown as Found['rows'], letters: letters.map(({ place }) => place) }, accepted);
}

function compare({ rows, letters }: Found, accepted: ReadonlyMap<string, Accepted>): Verdict {
  const times = new Map<string, number>();
  for (const [place] of rows) times.set(place, (times.get(place) ?? 0) + 1);
  const dead = new Set(letters);
  const is = (place: string, fate: Accepted['fate']): boolean => accepted.get(place)?.fate === fate;
  const differs = rows.filter(([place, n, extra]) => {
    const sent = accepted.get(place);
    return sent === undefined || sent.n !== n || (sent.extra ?? null) !== extra;
  });
  const verdict = {
    lost: [...accepted.keys()].filter((place) => !times.has(place) && !dead.has(place)),
    doubled: [...times].filter(([, count]) => count > 1).map(([place, count]) => `${place} x${count}`),
    both: letters.filter((place) => times.has(place)),
    misplaced: [
      ...letters.filter((place) => is(place, 'row')),
      ...[...times.keys()].filter((place) => is(place, 'letter')),
    ],
    foreign: [...differs.map(String), ...letters.filter((place) => !accepted.has(place))],
  };
  return Object.fromEntries(Object.entries(verdict).map(([what, places]) => [what, short(places)])) as never;
}

/** Enough to look into, not enough to drown in. */
function short(places: readonly string[]): string[] {
  if (places.length <= MOST_SHOWN) return [...places];
  return [...places.slice(0, MOST_SHOWN), `and ${places.length - MOST_SHOWN} more`];
}
