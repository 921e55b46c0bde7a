import { BatchStore } from '../../src/application/stream-onboarding/copier/batch-store.js';
import { ShardCopier } from '../../src/application/stream-onboarding/copier/shard-copier.js';
import type { DeadLetters } from '../../src/domain/ports/dead-letters.port.js';
import type { ShardLeases } from '../../src/domain/ports/shard-leases.port.js';
import type { ShardPage, StreamSource } from '../../src/domain/ports/stream-source.port.js';
import type { StreamTables } from '../../src/domain/ports/stream-tables.port.js';
import type { TableName } from '../../src/domain/shared/table-name.js';
import { deaggregateRecord } from '../../src/domain/stream-onboarding/kpl-aggregate.js';
import type { Connector } from '../../src/domain/stream-onboarding/connector.js';
import type { Lease } from '../../src/domain/stream-onboarding/lease.js';
import type { StreamRecord } from '../../src/domain/stream-onboarding/stream-record.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { CopySettings } from '../../src/infrastructure/config/copy.settings.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';
import { NO_CODEC, NO_EVENT_TABLES } from '../../test/support/no-events.js';
import { COLUMNS } from './events.js';

export interface ShardInMemory {
  readonly tables: StreamTables;
  readonly records: readonly StreamRecord[];
  readonly target: TableName;
  readonly streamName: string;
}

const RECORDS_OF_A_PAGE = 10_000;

/** A shard of these records, copied to its end as a worker does it; stream and lease are memory, the tables are not. */
export async function copyShard(shard: ShardInMemory): Promise<void> {
  const limits = new CopySettings();
  const ports = {
    source: sourceOf(shard.records),
    leases: leaseInMemory(),
    store: new BatchStore(shard.tables, noDeadLetters(), NO_EVENT_TABLES),
    codec: NO_CODEC,
    clock: new SystemClock(),
    log: { debug: nothing, info: nothing, warning: nothing, error: fail },
    metrics: new UnobservedMetrics(),
    limits,
    batchBytes: () => limits.batchBytes,
  };
  const end = await new ShardCopier(ports, connectorOf(shard), LEASE).run();
  if (end !== 'shard-end') throw new Error(`Copying ended with "${end}".`);
}

function sourceOf(records: readonly StreamRecord[]): StreamSource {
  return {
    list: refuse,
    describe: refuse,
    shards: refuse,
    showProgress: () => undefined,
    async *read(): AsyncGenerator<ShardPage> {
      for (let at = 0; at < records.length; at += RECORDS_OF_A_PAGE) {
        const page = records.slice(at, at + RECORDS_OF_A_PAGE);
        yield { records: page.flatMap((record) => deaggregateRecord(record)), behindMs: 1 };
      }
    },
  };
}

function leaseInMemory(): ShardLeases {
  return {
    list: refuse,
    create: refuse,
    take: refuse,
    write: async (held) => ({ ...held, counter: held.counter + 1 }),
    release: refuse,
    remove: refuse,
  };
}

/** Every event fits: a dead letter would be a fault of the benchmark. */
function noDeadLetters(): DeadLetters {
  return {
    add: refuse,
    list: refuse,
    positions: refuse,
    claim: refuse,
    settle: refuse,
    discard: refuse,
    forget: refuse,
  };
}

function connectorOf({ target, streamName }: ShardInMemory): Connector {
  return {
    id: 'benchmark',
    streamName,
    streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${streamName}`,
    target,
    columns: COLUMNS,
    orderBy: ['n'],
    startFrom: 'TRIM_HORIZON',
    onNewField: 'evolve',
    state: 'running',
    createdAtMs: 0,
    revision: 1,
  };
}

const LEASE: Lease = {
  connectorId: 'benchmark',
  shardId: 'shardId-000000000000',
  parentShardIds: [],
  checkpoint: 'AT_START',
  owner: 'benchmark',
  counter: 1,
  epoch: 1,
  progress: { rows: 0, bytes: 0, deadLetters: 0 },
};

async function refuse(): Promise<never> {
  throw new Error('This is not part of what is measured.');
}

function fail(message: string, error: unknown): never {
  throw new Error(message, { cause: error });
}

function nothing(): void {}
