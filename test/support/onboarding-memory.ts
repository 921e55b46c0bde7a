import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PenstockError } from '../../src/domain/errors.js';
import type { ConnectorChange, Connectors } from '../../src/domain/ports/connectors.port.js';
import type {
  DeadLetterPage,
  DeadLetters,
  DeadLetterSelection,
  StoredDeadLetter,
} from '../../src/domain/ports/dead-letters.port.js';
import type { NewLease, ShardLeases } from '../../src/domain/ports/shard-leases.port.js';
import type {
  ShardPage,
  ShardToRead,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../../src/domain/ports/stream-source.port.js';
import type {
  RejectedRow,
  RowBatch,
  StreamTable,
  StreamTables,
  TableDefinition,
} from '../../src/domain/ports/stream-tables.port.js';
import type { Column } from '../../src/domain/shared/column.js';
import type { TableName } from '../../src/domain/shared/table-name.js';
import { createTableStatement } from '../../src/domain/stream-onboarding/create-table-statement.js';
import type { Connector } from '../../src/domain/stream-onboarding/connector.js';
import type { DeadLetter, DeadLetterState } from '../../src/domain/stream-onboarding/dead-letter.js';
import type { Lease } from '../../src/domain/stream-onboarding/lease.js';
import type { StreamRecord } from '../../src/domain/stream-onboarding/stream-record.js';

/**
 * Stores in memory that a test can make fail at every single call: what real engines cannot be made to do at a given
 * moment. What a test proves about rows and streams themselves, it proves on real engines.
 */
export class Death {
  /** Calls so far. */
  calls = 0;
  /** Fail at this call and from then on: before its effect (`n`), or after it (`n + 0.5`). */
  at = Number.POSITIVE_INFINITY;

  async strike<T>(effect: () => T | Promise<T>): Promise<T> {
    const call = this.calls++;
    if (call >= this.at) throw new Dead();
    const result = await effect();
    if (call + 0.5 >= this.at) throw new Dead();
    return result;
  }
}

export class Dead extends Error {}

const keyOf = ({ database, table }: TableName): string => `${database}.${table}`;

export class MemoryConnectors implements Connectors {
  readonly all = new Map<string, Connector>();
  constructor(private readonly death = new Death()) {}

  create(connector: Connector): Promise<void> {
    return this.death.strike(() => {
      if (this.all.has(connector.id)) throw new PenstockError('connector.exists', 'exists');
      this.all.set(connector.id, connector);
    });
  }

  get(id: string): Promise<Connector> {
    return this.death.strike(() => {
      const connector = this.all.get(id);
      if (!connector) throw new PenstockError('connector.unknown', `There is no connector "${id}".`);
      return connector;
    });
  }

  list(): Promise<Connector[]> {
    return this.death.strike(() => [...this.all.values()].sort((a, b) => a.createdAtMs - b.createdAtMs));
  }

  change(connector: Connector, change: ConnectorChange): Promise<Connector> {
    return this.death.strike(() => {
      const now = this.all.get(connector.id);
      if (!now) throw new PenstockError('connector.unknown', 'unknown');
      if (now.revision !== connector.revision) throw new PenstockError('connector.conflict', 'changed');
      const next = { ...now, ...change, revision: now.revision + 1 };
      this.all.set(connector.id, next);
      return next;
    });
  }

  remove(connector: Connector): Promise<void> {
    return this.death.strike(() => void this.all.delete(connector.id));
  }
}

interface MemoryTable extends StreamTable {
  columns: Column[];
  readonly rows: Record<string, unknown>[];
  readonly tokens: Set<string>;
}

export class MemoryTables implements StreamTables {
  readonly all = new Map<string, MemoryTable>();
  constructor(private readonly death = new Death()) {}

  create(definition: TableDefinition): Promise<StreamTable> {
    return this.death.strike(() => {
      const { name, columns, orderBy, connectorId } = definition;
      if (this.all.has(keyOf(name))) throw new PenstockError('table.exists', 'exists');
      if (columns.some(({ type }) => type === 'Nonsense')) throw new PenstockError('schema.invalid', 'Unknown type.');
      const statement = createTableStatement({ name, columns, orderBy, comment: connectorId });
      const table = {
        uuid: randomUUID(),
        statement,
        columns: [...columns],
        connectorId,
        rows: [],
        tokens: new Set<string>(),
      };
      this.all.set(keyOf(name), table);
      return table;
    });
  }

  find(name: TableName): Promise<StreamTable | undefined> {
    return this.death.strike(() => this.all.get(keyOf(name)));
  }

  addColumns(name: TableName, columns: readonly Column[]): Promise<void> {
    return this.death.strike(() => {
      const table = this.table(name);
      for (const column of columns) {
        if (!table.columns.some((known) => known.name === column.name)) table.columns.push(column);
      }
    });
  }

  insert(batch: RowBatch): Promise<void> {
    return this.death.strike(() => {
      const table = this.table(batch.table);
      if (this.rejects(batch).length > 0) throw new PenstockError('rows.rejected', 'rejected');
      if (table.tokens.has(batch.token)) return;
      table.tokens.add(batch.token);
      for (const line of batch.lines)
        table.rows.push(JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>);
    });
  }

  findRejected(batch: RowBatch): Promise<RejectedRow[]> {
    return this.death.strike(() => this.rejects(batch));
  }

  drop(name: TableName, uuid: string): Promise<void> {
    return this.death.strike(() => {
      if (this.all.get(keyOf(name))?.uuid === uuid) this.all.delete(keyOf(name));
    });
  }

  /** Integer columns take numbers only. */
  private rejects({ table: name, lines }: RowBatch): RejectedRow[] {
    const { columns } = this.table(name);
    return lines.flatMap((line, index) => {
      const row = JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>;
      const guilty = columns.find(({ name: column, type }) => type.includes('Int') && typeof row[column] === 'string');
      return guilty
        ? [
            {
              index,
              code: 'record.wrong-type' as const,
              column: guilty.name,
              reason: `${guilty.name} takes ${guilty.type}.`,
            },
          ]
        : [];
    });
  }

  private table(name: TableName): MemoryTable {
    const table = this.all.get(keyOf(name));
    if (!table) throw new PenstockError('table.unknown', 'unknown');
    return table;
  }
}

export class MemoryLeases implements ShardLeases {
  readonly all = new Map<string, Lease>();
  constructor(private readonly death = new Death()) {}

  list(connectorId: string): Promise<Lease[]> {
    return this.death.strike(() => [...this.all.values()].filter((lease) => lease.connectorId === connectorId));
  }

  create({ connectorId, shardId, parentShardIds }: NewLease): Promise<void> {
    return this.death.strike(() => {
      const progress = { rows: 0, bytes: 0, deadLetters: 0 };
      const lease = {
        connectorId,
        shardId,
        parentShardIds,
        checkpoint: 'AT_START',
        counter: 0,
        epoch: 0,
        progress,
      } as const;
      this.all.set(`${connectorId}/${shardId}`, lease);
    });
  }

  remove(connectorId: string, shardIds: readonly string[]): Promise<void> {
    return this.death.strike(() => {
      for (const shardId of shardIds) this.all.delete(`${connectorId}/${shardId}`);
    });
  }

  take = (): Promise<never> => Promise.reject(new Error('not used'));
  write = (): Promise<never> => Promise.reject(new Error('not used'));
  release = (): Promise<never> => Promise.reject(new Error('not used'));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class MemoryDeadLetters implements DeadLetters {
  readonly all: Mutable<StoredDeadLetter>[] = [];
  private claims = 0;
  constructor(private readonly death = new Death()) {}

  add(letters: readonly DeadLetter[]): Promise<void> {
    return this.death.strike(() => {
      for (const letter of letters) {
        this.all.push({ ...letter, id: String(this.all.length + 1).padStart(6, '0'), state: 'open', recordedAtMs: 0 });
      }
    });
  }

  positions = (): Promise<never> => Promise.reject(new Error('not used'));
  forget = (): Promise<never> => Promise.reject(new Error('not used'));

  list(query: {
    connectorId: string;
    state?: DeadLetterState;
    after?: string;
    limit: number;
  }): Promise<DeadLetterPage> {
    return this.death.strike(() => {
      const { connectorId, state, after = '', limit } = query;
      const found = this.all.filter(
        (letter) => letter.connectorId === connectorId && letter.id > after && (!state || letter.state === state),
      );
      const letters = found.slice(0, limit);
      return { letters, ...(found.length > limit && { next: letters.at(-1)!.id }) };
    });
  }

  claim(selection: DeadLetterSelection, limit: number): Promise<{ token: string; letters: StoredDeadLetter[] }> {
    return this.death.strike(() => {
      const mine = this.all.filter((letter) => letter.connectorId === selection.connectorId);
      const begun = mine.find(({ state }) => state === 'replaying')?.replayToken;
      if (begun !== undefined) {
        const letters = mine.filter(({ state, replayToken }) => state === 'replaying' && replayToken === begun);
        return { token: begun, letters: letters.map((letter) => ({ ...letter })) };
      }
      const token = `t${this.claims++}`;
      const chosen = mine
        .filter(({ id, state }) => state === 'open' && (selection.ids?.includes(id) ?? true))
        .slice(0, limit);
      for (const letter of chosen) Object.assign(letter, { state: 'replaying', replayToken: token });
      return { token, letters: chosen.map((letter) => ({ ...letter })) };
    });
  }

  settle(
    token: string,
    outcome: { readonly replayed: readonly string[]; readonly reopened: readonly { id: string; letter: DeadLetter }[] },
  ): Promise<void> {
    return this.death.strike(() => {
      const claimed = this.all.filter(({ state, replayToken }) => state === 'replaying' && replayToken === token);
      for (const letter of claimed) {
        const reopened = outcome.reopened.find(({ id }) => id === letter.id);
        if (outcome.replayed.includes(letter.id)) letter.state = 'replayed';
        else if (reopened) Object.assign(letter, reopened.letter, { state: 'open', replayToken: undefined });
      }
    });
  }

  discard({ connectorId, ids }: DeadLetterSelection): Promise<number> {
    return this.death.strike(() => {
      const open = this.all.filter(
        (letter) => letter.connectorId === connectorId && letter.state === 'open' && (ids?.includes(letter.id) ?? true),
      );
      for (const letter of open) letter.state = 'discarded';
      return open.length;
    });
  }
}

interface MemoryShard extends StreamShard {
  readonly records: StreamRecord[];
}

/** Streams by name; the identity `service` and the key `good` are let in. */
export class MemoryStreams implements StreamSource {
  readonly streams = new Map<string, MemoryShard[]>();
  /** Streams that only a caller's credentials reach. */
  readonly callersOnly = new Set<string>();
  serviceIsKnown = true;
  pageSize = 10;
  private sequence = 0;

  put(stream: string, shard: number, data: string | Uint8Array, arrivedAtMs = Date.now()): void {
    const shards = this.streams.get(stream) ?? [];
    this.streams.set(stream, shards);
    while (shards.length <= shard) {
      shards.push({ shardId: `shardId-${shards.length}`, parentShardIds: [], closed: false, records: [] });
    }
    const sequenceNumber = `1${String(this.sequence++).padStart(20, '0')}`;
    shards[shard]!.records.push({
      sequenceNumber,
      subSequenceNumber: 0,
      partitionKey: 'k',
      data: Buffer.from(data),
      arrivedAtMs,
    });
  }

  async list(identity: StreamIdentity): Promise<string[]> {
    this.admit(identity);
    return [...this.streams.keys()];
  }

  async describe(name: string, identity: StreamIdentity) {
    this.admit(identity);
    const shards = this.streams.get(name);
    const isHidden = identity === 'service' && this.callersOnly.has(name);
    if (!shards || isHidden) throw new PenstockError('stream.unknown', `There is no stream "${name}".`);
    return { name, arn: `arn:aws:kinesis:us-west-1:1:stream/${name}`, openShards: shards.length, retentionHours: 24 };
  }

  async shards(arn: string): Promise<StreamShard[]> {
    return this.streams.get(arn.split('/')[1]!)!;
  }

  async *read({ streamArn, shardId, from }: ShardToRead, signal: AbortSignal): AsyncGenerator<ShardPage> {
    const shard = this.streams.get(streamArn.split('/')[1]!)!.find((one) => one.shardId === shardId)!;
    const startMs = from.kind === 'at-time' ? from.ms : 0;
    let at = shard.records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= startMs);
    if (at < 0) at = shard.records.length;
    while (!signal.aborted) {
      const records = shard.records.slice(at, at + this.pageSize);
      at += records.length;
      yield { records, behindMs: at < shard.records.length ? 1000 : 0 };
      if (records.length === 0) await sleep(5);
    }
  }

  showProgress(): void {
    return undefined;
  }

  private admit(identity: StreamIdentity): void {
    const isKnown = identity === 'service' ? this.serviceIsKnown : identity.accessKey === 'good';
    if (!isKnown) throw new PenstockError('credentials.refused', 'AWS refused the credentials.');
  }
}
