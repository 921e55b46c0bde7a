import { randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import type { Column } from '../../domain/shared/column.js';
import { checkTableDefinition } from '../../domain/stream-onboarding/check-table-definition.js';
import { canBeSortKey } from '../../domain/stream-onboarding/column-type.js';
import type { Connector, NewFieldPolicy } from '../../domain/stream-onboarding/connector.js';
import { connectorIdFor } from '../../domain/stream-onboarding/connector-id.js';
import { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';
import { parseStartFrom } from '../../domain/stream-onboarding/start-from.js';
import { ConnectorPorts, finishCreation, hasCode, type MadeConnector, undoCreation } from './connector-life.js';
import { StreamAccess } from './stream-access.js';

export interface StreamTableRequest {
  readonly streamName: string;
  readonly tableName: string;
  readonly databaseName?: string | undefined;
  readonly schema: readonly Column[];
  /** Left out: the first column a table can be sorted by; empty: no order. */
  readonly orderBy?: readonly string[] | undefined;
  /** `TRIM_HORIZON` (the default), `LATEST`, or an ISO time. */
  readonly startFrom?: string | undefined;
  readonly onNewField?: NewFieldPolicy | undefined;
  /** Create, but do not copy before the connector is resumed: so that views can be put on the table first. */
  readonly paused?: boolean | undefined;
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
    private readonly access: StreamAccess,
    private readonly ports: ConnectorPorts,
    private readonly clock: Clock,
    private readonly limits: OnboardingLimits,
  ) {}

  async execute({ request, session }: CreateStreamTableCommand): Promise<StreamTableReceipt> {
    const draft = draftConnector(request, this.limits.defaultDatabase, this.clock.nowMs());
    checkTableDefinition({ name: draft.target, columns: draft.columns, orderBy: draft.orderBy });
    const { arn: streamArn } = await this.access.toCopy(request.streamName, session);
    const connector = { ...draft, streamArn };
    const { table } = await this.makeOrUndo(connector);
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

  private async makeOrUndo(connector: Connector): Promise<MadeConnector> {
    try {
      await this.ports.connectors.create(connector);
      return await finishCreation(this.ports, connector);
    } catch (cause) {
      if (hasCode(cause, 'connector.exists')) throw cause; // another connector's id: nothing of ours to undo
      // What cannot be undone now stands as `removing`, or `creating`, and a worker brings it to its end.
      await undoCreation(this.ports, connector).catch(() => undefined);
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
    ...(request.paused ? { startsPaused: true } : {}),
    createdAtMs: nowMs,
    revision: 1,
  };
}

function defaultOrderBy(schema: readonly Column[]): string[] {
  const first = schema.find(({ type }) => canBeSortKey(type));
  return first === undefined ? [] : [first.name];
}
