import { Buffer, isUtf8 } from 'node:buffer';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { DeadLetters, type StoredDeadLetter } from '../../domain/ports/dead-letters.port.js';
import { encodeCursor } from '../../domain/shared/cursor.js';
import { type DeadLetterState, letterBytes } from '../../domain/stream-onboarding/dead-letter.js';
import { letterAt } from '../../domain/stream-onboarding/letter-id.js';

/** A dead letter, for people and programs. */
export interface DeadLetterView {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly arrivedAt: string;
  readonly recordedAt: string;
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
  /** The original bytes, in base64. */
  readonly bytes: string;
  /** The same as text, where they are UTF-8. */
  readonly text?: string;
  /** What the producer said beside the data: values in base64. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DeadLetterList {
  readonly deadLetters: DeadLetterView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export const DEFAULT_DEAD_LETTERS_LIMIT = 50;
/** A page ends here, whatever its limit. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** Dead letters of a connector, oldest first; also of one that was removed. */
export class ListDeadLettersQuery extends Query<DeadLetterList> {
  constructor(
    readonly connectorId: string,
    readonly filter: { readonly state?: DeadLetterState; readonly limit?: number; readonly cursor?: string } = {},
  ) {
    super();
  }
}

@QueryHandler(ListDeadLettersQuery)
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLettersQuery> {
  constructor(
    private readonly connectors: Connectors,
    private readonly deadLetters: DeadLetters,
  ) {}

  async execute({ connectorId, filter }: ListDeadLettersQuery): Promise<DeadLetterList> {
    const { state, limit = DEFAULT_DEAD_LETTERS_LIMIT, cursor } = filter;
    const { letters, next } = await this.deadLetters.list({
      connectorId,
      limit,
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { after: letterAt(cursor) }),
    });
    if (letters.length === 0 && cursor === undefined) await this.requireKnown(connectorId);
    const page = withinBytes(letters);
    const place = page.length < letters.length ? page.at(-1)?.id : next;
    return { deadLetters: page.map(view), ...(place !== undefined && { next: encodeCursor(place) }) };
  }

  /** A removed connector is known by its letters, also by those that the filter leaves out. */
  private async requireKnown(connectorId: string): Promise<void> {
    const { letters } = await this.deadLetters.list({ connectorId, limit: 1 });
    if (letters.length === 0) await this.connectors.get(connectorId);
  }
}

function withinBytes(letters: readonly StoredDeadLetter[]): StoredDeadLetter[] {
  let bytes = 0;
  return letters.filter((letter, index) => {
    bytes += letterBytes(letter);
    return index === 0 || bytes <= MAX_PAGE_BYTES;
  });
}

function view(letter: StoredDeadLetter): DeadLetterView {
  const { id, state, shardId, sequenceNumber, subSequenceNumber, partitionKey, code, column, reason } = letter;
  const bytes = Buffer.from(letter.data);
  return {
    id,
    state,
    shardId,
    sequenceNumber,
    subSequenceNumber,
    partitionKey,
    arrivedAt: new Date(letter.arrivedAtMs).toISOString(),
    recordedAt: new Date(letter.recordedAtMs).toISOString(),
    code,
    ...(column !== undefined && { column }),
    reason,
    bytes: bytes.toString('base64'),
    ...(isUtf8(bytes) && { text: bytes.toString('utf8') }),
    ...(letter.headers && { headers: headersView(letter.headers) }),
  };
}

function headersView(headers: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(Array.from(headers, ([name, value]) => [name, Buffer.from(value).toString('base64')]));
}
