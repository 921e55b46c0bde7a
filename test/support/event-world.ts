import { BatchStore } from '../../src/application/stream-onboarding/copier/batch-store.js';
import { type CopyEnd, ShardCopier } from '../../src/application/stream-onboarding/copier/shard-copier.js';
import { PenstockError } from '../../src/domain/errors.js';
import type { DeadLetters } from '../../src/domain/ports/dead-letters.port.js';
import type { EventCodec } from '../../src/domain/ports/event-codec.port.js';
import type { EventLookup, EventTables } from '../../src/domain/ports/event-tables.port.js';
import type { LeaseWrite, ShardLeases } from '../../src/domain/ports/shard-leases.port.js';
import type { ShardPage, ShardToRead, StreamSource } from '../../src/domain/ports/stream-source.port.js';
import type { RowBatch, StreamTables } from '../../src/domain/ports/stream-tables.port.js';
import type { Connector } from '../../src/domain/stream-onboarding/connector.js';
import type { DeadLetter } from '../../src/domain/stream-onboarding/dead-letter.js';
import { eventKeyText } from '../../src/domain/stream-onboarding/event-format.js';
import type { Lease } from '../../src/domain/stream-onboarding/lease.js';
import {
  compareSequenceNumbers,
  positionOf,
  type StreamRecord,
} from '../../src/domain/stream-onboarding/stream-record.js';
import { CopySettings } from '../../src/infrastructure/config/copy.settings.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';

export interface EventRowSeen {
  readonly event_id: string;
  readonly timestamp: number;
  readonly _sequence_number: string;
  readonly _watermark: number;
  readonly _batch: string;
}

/** Events as JSON text; what is none cannot be decoded. What it is about is what the copier makes of decoded events. */
export const PLAIN_CODEC: EventCodec = {
  encoder: () => {
    throw new Error('not used');
  },
  decoder: () => ({
    prepare: () => Promise.resolve(),
    decode: ({ data }) => (data[0] === 0x7b ? data : { code: 'record.not-avro', reason: 'no event' }),
  }),
};

export const eventRecord = (n: number, data: string, arrivedAtMs = n): StreamRecord => ({
  sequenceNumber: String(1_000_000 + n),
  subSequenceNumber: 0,
  partitionKey: 'key',
  data: Buffer.from(data),
  arrivedAtMs,
});

export const EVENT_CONNECTOR: Connector = {
  id: 'shop-page-view',
  streamName: 'events.page_view',
  streamArn: 'arn',
  target: { database: 'default', table: 'shop_page_view' },
  columns: [],
  orderBy: ['timestamp', 'event_id'],
  startFrom: 'TRIM_HORIZON',
  onNewField: 'reject',
  events: { format: 'avro', readerSchema: '{}', idField: 'event_id', timeField: 'timestamp' },
  state: 'running',
  createdAtMs: 1,
  revision: 1,
};

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A shard, its lease, a table with a view behind it, and dead letters, in memory: so that a worker can be killed before and
 * after every single effect, the one between the table and its view included.
 */
export class EventWorld {
  readonly rows: EventRowSeen[] = [];
  readonly view: EventRowSeen[] = [];
  readonly letters = new Map<string, DeadLetter>();
  lease: Lease;
  duplicates = 0;
  private readonly tokens = { table: new Set<string>(), view: new Set<string>() };
  private readonly countdown = { left: NEVER };

  constructor(
    readonly records: readonly StreamRecord[],
    readonly misfits: ReadonlySet<string> = new Set(),
    readonly connector: Connector = EVENT_CONNECTOR,
  ) {
    this.lease = freshLease(connector);
  }

  /** Copies until the shard's end, or for so many effects. */
  async copy(limits: { batchRows: number; pageRows: number; effects?: number }): Promise<CopyEnd> {
    this.countdown.left = limits.effects ?? NEVER;
    const { leases, source, tables, deadLetters, events } = this.ports(limits.pageRows);
    const copier = new ShardCopier(
      {
        source,
        leases,
        store: new BatchStore(tables, deadLetters, events),
        codec: PLAIN_CODEC,
        clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
        log: { debug() {}, info() {}, warning() {}, error() {} },
        metrics: new UnobservedMetrics(),
        limits: Object.assign(new CopySettings(), { batchRows: limits.batchRows }),
        batchBytes: () => 1_000_000,
      },
      this.connector,
      this.lease,
    );
    return copier.run();
  }

  private async effect<T>(work: () => T): Promise<T> {
    if (this.countdown.left-- <= 0) throw new PenstockError('lease.lost', 'killed before');
    const done = work();
    if (this.countdown.left-- <= 0) throw new PenstockError('lease.lost', 'killed after');
    return done;
  }

  private ports(pageRows: number) {
    const reading = { read: (shard: ShardToRead) => this.read(shard, pageRows), showProgress: () => undefined };
    const source = reading as unknown as StreamSource;
    const leases = {
      write: (_held: Lease, change: LeaseWrite) => this.effect(() => (this.lease = written(this.lease, change))),
    } as unknown as ShardLeases;
    const tables = { insert: (batch: RowBatch) => this.insert(batch), ...this.judge() } as unknown as StreamTables;
    const events: EventTables = {
      ensureDatabase: () => Promise.resolve(),
      stored: (lookup) => this.effect(() => this.stored(lookup)),
    };
    return { source, leases, tables, events, deadLetters: this.deadLetters() };
  }

  private async *read({ from }: ShardToRead, pageRows: number): AsyncGenerator<ShardPage> {
    const behind = this.records.filter(({ sequenceNumber }) => {
      if (from.kind === 'at') return compareSequenceNumbers(sequenceNumber, from.sequenceNumber) >= 0;
      return from.kind !== 'after' || compareSequenceNumbers(sequenceNumber, from.sequenceNumber) > 0;
    });
    for (let at = 0; at < behind.length; at += pageRows)
      yield { records: behind.slice(at, at + pageRows), behindMs: 1 };
  }

  private async insert({ token, lines, fields }: RowBatch): Promise<void> {
    const batch = `{${Buffer.from(fields ?? []).toString()}}`;
    const rows = lines.map(
      (line) => ({ ...JSON.parse(Buffer.from(line).toString()), ...JSON.parse(batch) }) as EventRowSeen,
    );
    if (rows.some((row) => this.misfits.has(row.event_id))) throw new PenstockError('rows.rejected', 'rejected');
    await this.effect(() => once(this.tokens.table, token, () => this.rows.push(...rows)));
    await this.effect(() => once(this.tokens.view, token, () => this.view.push(...rows)));
  }

  private judge() {
    return {
      find: async () => ({ uuid: '', statement: '', columns: COLUMNS }),
      findRejected: async ({ lines }: RowBatch) =>
        lines.flatMap((line, index) => {
          const { event_id } = JSON.parse(Buffer.from(line).toString()) as EventRowSeen;
          return this.misfits.has(event_id) ? [{ index, code: 'record.wrong-type', reason: 'misfit' }] : [];
        }),
    };
  }

  private stored({ events, exceptBatch }: EventLookup): Set<string> {
    const wanted = new Set(events.map(eventKeyText));
    const others = this.rows.filter(({ _batch }) => _batch !== exceptBatch);
    const keys = others.map(({ event_id: id, timestamp }) => eventKeyText({ id, time: String(timestamp) }));
    return new Set(keys.filter((key) => wanted.has(key)));
  }

  private deadLetters(): DeadLetters {
    const add = (letters: readonly DeadLetter[]) =>
      this.effect(() => {
        for (const letter of letters) {
          const position = positionOf(letter);
          if (!this.letters.has(position)) this.letters.set(position, letter);
        }
      });
    const positions = async () => new Map([...this.letters].map(([position, { code }]) => [position, code]));
    return { add, positions } as unknown as DeadLetters;
  }
}

const COLUMNS = ['event_id', 'timestamp', '_shard', '_sequence_number', '_timestamp', '_watermark', '_batch'].map(
  (name) => ({ name, type: 'String' }),
);

function once(tokens: Set<string>, token: string, work: () => void): void {
  if (tokens.has(token)) return;
  tokens.add(token);
  work();
}

function freshLease({ id }: Connector): Lease {
  return {
    connectorId: id,
    shardId: 'shardId-000000000000',
    parentShardIds: [],
    checkpoint: 'AT_START',
    owner: 'worker',
    counter: 1,
    epoch: 1,
    progress: { rows: 0, bytes: 0, deadLetters: 0 },
  };
}

function written(lease: Lease, { pending, ...change }: LeaseWrite): Lease {
  const { pending: before, ...rest } = lease;
  const next = { ...rest, ...change, counter: lease.counter + 1 };
  const now = pending === undefined ? before : pending;
  return now === undefined || now === null ? next : { ...next, pending: now };
}
