import { type ErrorCode, PenstockError } from '../../src/domain/errors.js';
import { type OutgoingRecord, RecordsGivenUp, type StreamSink } from '../../src/domain/ports/stream-sink.port.js';

/** Streams in memory, whose next answers a test chooses. */
export class MemorySink implements StreamSink {
  readonly streams = new Map<string, OutgoingRecord[]>();
  readonly batches: number[] = [];
  /** Answers to the next requests: a code for all of them, or the records that are given up, or what has to happen before. */
  readonly next: (ErrorCode | { readonly giveUp: readonly number[]; readonly code: ErrorCode } | Promise<void>)[] = [];

  async ensure(streamName: string): Promise<void> {
    if (!this.streams.has(streamName)) this.streams.set(streamName, []);
  }

  async publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number> {
    this.batches.push(records.length);
    const stream = this.streams.get(streamName) ?? [];
    const answer = this.next.shift();
    if (answer instanceof Promise) await answer;
    else if (typeof answer === 'string') throw new PenstockError(answer, 'as the test wants it');
    else if (answer !== undefined) {
      stream.push(...records.filter((_, at) => !answer.giveUp.includes(at)));
      throw new RecordsGivenUp(answer.code, answer.giveUp, 'as the test wants it');
    }
    stream.push(...records);
    return records.length;
  }
}
