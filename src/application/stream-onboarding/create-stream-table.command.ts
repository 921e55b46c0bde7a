import { randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { type StreamDescription, StreamSource } from '../../domain/ports/stream-source.port.js';
import { StreamTables } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import { checkTableDefinition } from '../../domain/stream-onboarding/check-table-definition.js';
import { canBeSortKey } from '../../domain/stream-onboarding/column-type.js';
import type { Connector, NewFieldPolicy } from '../../domain/stream-onboarding/connector.js';
import { connectorIdFor } from '../../domain/stream-onboarding/connector-id.js';
import { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';
import { parseStartFrom } from '../../domain/stream-onboarding/start-from.js';
import { CallerSessions } from './caller-sessions.js';
import { finishCreation, hasCode, type MadeConnector, undoCreation } from './connector-life.js';

export interface StreamTableRequest {
  readonly streamName: string;
  readonly tableName: string;
  readonly databaseName?: string;
  readonly schema: readonly Column[];
  /** Left out: the first column a table can be sorted by; empty: no order. */
  readonly orderBy?: readonly string[];
  /** `TRIM_HORIZON` (the default), `LATEST`, or an ISO time. */
  readonly startFrom?: string;
  readonly onNewField?: NewFieldPolicy;
  /** Create, but do not copy before the connector is resumed: so that views can be put on the table first. */
  readonly paused?: boolean;
}

export interface StreamTableReceipt {
  readonly create_table_query: string;
  readonly message: string;
  readonly streamARN: string;
  readonly success: true;
  readonly tableUUID: string;
  readonly connectorId: string;
}

/** Create a table for a stream, and keep it up to date from the stream from then on. All of it, or nothing. */
export class CreateStreamTableCommand extends Command<StreamTableReceipt> {
  constructor(
    readonly request: StreamTableRequest,
    readonly session?: string,
  ) {
    super();
  }
}

@CommandHandler(CreateStreamTableCommand)
export class CreateStreamTableHandler implements ICommandHandler<CreateStreamTableCommand> {
  constructor(
    private readonly streams: StreamSource,
    private readonly connectors: Connectors,
    private readonly tables: StreamTables,
    private readonly leases: ShardLeases,
    private readonly sessions: CallerSessions,
    private readonly clock: Clock,
    private readonly limits: OnboardingLimits,
  ) {}

  async execute({ request, session }: CreateStreamTableCommand): Promise<StreamTableReceipt> {
    const draft = draftConnector(request, this.limits.defaultDatabase, this.clock.nowMs());
    checkTableDefinition({ name: draft.target, columns: draft.columns, orderBy: draft.orderBy });
    const { arn: streamArn } = await this.describeForCopying(request.streamName, session);
    const connector = { ...draft, streamArn };
    const { table } = await this.makeOrUndo(connector, request.paused ? 'paused' : 'running');
    const next = request.paused ? 'Nothing is copied before it is resumed.' : 'Its events are being copied into it.';
    return {
      create_table_query: table.statement,
      message: `Table created in ClickHouse and mapped to the stream. ${next}`,
      streamARN: streamArn,
      success: true,
      tableUUID: table.uuid,
      connectorId: connector.id,
    };
  }

  /** A session's rights choose the stream, but copying goes on after the session, under the service's own. */
  private async describeForCopying(streamName: string, session: string | undefined): Promise<StreamDescription> {
    const chosen = await this.sessions.act(session, (identity) => this.streams.describe(streamName, identity));
    if (session === undefined) return chosen;
    const own = await this.streams.describe(streamName, 'service').catch(refuseCopying(streamName));
    if (own.arn === chosen.arn) return chosen;
    return refuseCopying(streamName)(new PenstockError('stream.unknown', 'Another account has a stream of this name.'));
  }

  private async makeOrUndo(connector: Connector, state: 'running' | 'paused'): Promise<MadeConnector> {
    const ports = { connectors: this.connectors, tables: this.tables, leases: this.leases };
    try {
      await this.connectors.create(connector);
      return await finishCreation(ports, connector, state);
    } catch (cause) {
      if (hasCode(cause, 'connector.exists')) throw cause; // another connector's id: nothing of ours to undo
      // What cannot be undone now stands as `removing`, or `creating`, and a worker brings it to its end.
      await undoCreation(ports, connector).catch(() => undefined);
      throw cause;
    }
  }
}

function draftConnector(
  request: StreamTableRequest,
  defaultDatabase: string,
  nowMs: number,
): Omit<Connector, 'streamArn'> {
  const { streamName, tableName, databaseName = defaultDatabase, schema, onNewField = 'evolve' } = request;
  return {
    id: connectorIdFor(tableName, randomBytes(4).toString('hex')),
    streamName,
    target: { database: databaseName, table: tableName },
    columns: schema.map(({ name, type }) => ({ name, type })),
    orderBy: request.orderBy ?? defaultOrderBy(schema),
    startFrom: parseStartFrom(request.startFrom ?? 'TRIM_HORIZON', nowMs),
    onNewField,
    state: 'creating',
    createdAtMs: nowMs,
    revision: 1,
  };
}

function defaultOrderBy(schema: readonly Column[]): string[] {
  const first = schema.find(({ type }) => canBeSortKey(type));
  return first === undefined ? [] : [first.name];
}

function refuseCopying(streamName: string): (cause: unknown) => never {
  return (cause) => {
    if (!hasCode(cause, 'stream.unknown', 'stream.forbidden', 'credentials.refused')) throw cause;
    const message =
      `Your credentials reach the stream "${streamName}", but the service's own AWS identity, ` +
      'which copies it, does not. Give that identity the right to read it.';
    throw new PenstockError('stream.forbidden', message, { cause });
  };
}
