import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import type { Column } from '../../domain/shared/column.js';
import { inferSchema } from '../../domain/stream-onboarding/infer-schema.js';
import type { InferredSchema, TypeEvidence } from '../../domain/stream-onboarding/inferred-schema.js';
import { newestEvent } from '../../domain/stream-onboarding/sample-event.js';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';
import { CallerSessions } from './caller-sessions.js';
import { sampleShards } from './sample-shards.js';

export interface StreamSample {
  readonly inferredSchema: readonly Column[];
  readonly sampleEvent: Record<string, unknown>;
  readonly evidence: {
    /** Events the schema was read from. */
    readonly events: number;
    readonly unreadable: InferredSchema['unreadable'];
    readonly leftOut: readonly string[];
    readonly columns: Readonly<Record<string, TypeEvidence>>;
  };
  readonly proposedOrderBy: readonly string[];
}

export const DEFAULT_SAMPLE_SIZE = 100;
export const DEFAULT_SAMPLE_TIMEOUT_MS = 5000;

/** Look at records of every shard of a stream, and propose a table for them. */
export class SampleStreamQuery extends Query<StreamSample> {
  constructor(
    readonly streamName: string,
    readonly options: { readonly sampleSize?: number; readonly timeoutMs?: number } = {},
    readonly session?: string,
  ) {
    super();
  }
}

@QueryHandler(SampleStreamQuery)
export class SampleStreamHandler implements IQueryHandler<SampleStreamQuery> {
  constructor(
    private readonly streams: StreamSource,
    private readonly sessions: CallerSessions,
    private readonly clock: Clock,
  ) {}

  async execute({ streamName, options, session }: SampleStreamQuery): Promise<StreamSample> {
    const { sampleSize = DEFAULT_SAMPLE_SIZE, timeoutMs = DEFAULT_SAMPLE_TIMEOUT_MS } = options;
    const records = await this.sessions.act(session, async (identity) => {
      const { arn: streamArn } = await this.streams.describe(streamName, identity);
      return sampleShards(this.streams, this.clock, { streamArn, identity, sampleSize, timeoutMs });
    });
    if (records.length === 0) {
      throw new PenstockError('stream.empty', `No record was found in "${streamName}" within ${timeoutMs} ms.`);
    }
    return describeSample(streamName, records);
  }
}

function describeSample(streamName: string, records: readonly StreamRecord[]): StreamSample {
  const { columns, proposedOrderBy, events, unreadable, leftOut } = inferSchema(records.map(({ data }) => data));
  const sampleEvent = newestEvent(records);
  if (sampleEvent === undefined || columns.length === 0) {
    const message = `None of ${records.length} records of "${streamName}" is a JSON object with fields.`;
    throw new PenstockError('schema.invalid', message);
  }
  return {
    inferredSchema: columns.map(({ name, type }) => ({ name, type })),
    sampleEvent,
    evidence: {
      events,
      unreadable,
      leftOut,
      columns: Object.fromEntries(columns.map(({ name, evidence }) => [name, evidence])),
    },
    proposedOrderBy,
  };
}
