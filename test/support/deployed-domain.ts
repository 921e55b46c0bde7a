import type { Aggregation } from '../../src/domain/event-pipelines/domain-config.js';
import { type Body, type RunningPenstock, until } from './running-penstock.js';
import { type EventRow, expectedLate, expectedWindows } from './window-model.js';

const MINUTE = 60_000;

/** Two aggregations of the domain that ships, as its file has them. */
export const REVENUE: Aggregation = {
  name: 'revenue_per_minute',
  eventType: 'purchase',
  kind: 'sum',
  field: 'total_amount',
  window: { kind: 'tumbling', durationMs: MINUTE, slideMs: MINUTE },
  groupBy: ['country', 'payment_method'],
  filter: [{ field: 'total_amount', comparison: '>', value: 0 }],
  allowedLatenessMs: 5 * MINUTE,
};
export const VISITORS: Aggregation = {
  name: 'visitors_5m',
  eventType: 'page_view',
  kind: 'count_distinct',
  field: 'user_id',
  window: { kind: 'sliding', durationMs: 5 * MINUTE, slideMs: MINUTE },
  groupBy: ['country'],
  filter: [],
  allowedLatenessMs: MINUTE, // of a file that says nothing
};

/** The domain `ecommerce` of a service, looked at from outside. */
export class DeployedEcommerce {
  constructor(private readonly penstock: RunningPenstock) {}

  deploy(query = ''): Promise<{ status: number; body: Body }> {
    return this.penstock.post(`/pipelines/ecommerce/deploy${query}`);
  }

  /** The rows of all tables of events, once there are as many. */
  untilStored(events: number): Promise<number> {
    return until(
      async () => {
        const { body } = await this.penstock.call('GET', '/pipelines/ecommerce');
        return ((body['event_types'] ?? []) as Body[]).reduce((sum, type) => sum + Number(type['rows']), 0);
      },
      (rows) => rows >= events,
    );
  }

  /** Windows and late events as they are, and those that the stored events make by an independent computation. */
  async compare(aggregation: Aggregation) {
    const events = await this.stored(aggregation.eventType);
    const path = `/pipelines/ecommerce/aggregations/${aggregation.name}`;
    const found = (await this.lines(path)).map((row) => ({
      startMs: Date.parse(String(row['window_start'])),
      group: Object.fromEntries(aggregation.groupBy.map((field) => [field, row[field]])),
      value: row['value'],
      events: row['events'],
    }));
    const late = await this.lines(`${path}/late?limit=10000`);
    const places = late.map((row) => `${String(row['event_id'])}@${Date.parse(String(row['window_start']))}`);
    return {
      windows: found,
      expected: expectedWindows(aggregation, events),
      late: places.toSorted(),
      expectedLate: expectedLate(aggregation, events),
    };
  }

  private async lines(path: string): Promise<Body[]> {
    const answer = await fetch(new URL(path, this.penstock.url), { headers: { accept: 'application/x-ndjson' } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Body);
  }

  private stored(eventType: string): Promise<EventRow[]> {
    return this.penstock.rows<Body & EventRow>(
      `SELECT * EXCEPT (_shard, _sequence_number, _timestamp, _batch, timestamp, _watermark),
         toInt64(toUnixTimestamp64Milli(timestamp)) AS timestamp, toInt64(toUnixTimestamp64Milli(_watermark)) AS watermark
       FROM default.ecommerce_${eventType} SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
  }
}
