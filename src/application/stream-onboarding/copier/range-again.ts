import type { ShardPage } from '../../../domain/ports/stream-source.port.js';
import type { Checkpoint, PendingRange } from '../../../domain/stream-onboarding/lease.js';
import { planRange } from '../../../domain/stream-onboarding/record-range.js';
import { compareSequenceNumbers, type StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import { Stopped } from './persist.js';

/** Pages in a row that must say that a shard holds no more, before a recorded range is taken for expired. */
const CAUGHT_UP_PAGES = 5;

/**
 * The records of a recorded range, as they are in the stream now: all of them, unless some have expired.
 *
 * @param pages of the shard from the range's first record on
 */
export async function readRangeAgain(
  pages: AsyncIterable<ShardPage>,
  checkpoint: Checkpoint,
  range: PendingRange,
  stopping: AbortSignal,
): Promise<readonly StreamRecord[]> {
  const read: StreamRecord[] = [];
  let caughtUp = 0;
  for await (const page of pages) {
    for (const record of page.records) read.push(record);
    const plan = planRange({ checkpoint, pending: range }, read);
    if (plan.kind === 'repeat') return plan.records;
    caughtUp = page.behindMs === 0 ? caughtUp + 1 : 0;
    // At the end of the shard without the end of the range: it is not there any more.
    if (plan.kind === 'broken' || caughtUp >= CAUGHT_UP_PAGES) break;
  }
  if (stopping.aborted) throw new Stopped('stopped while repeating a range');
  return read.filter(({ sequenceNumber }) => compareSequenceNumbers(sequenceNumber, range.last) <= 0);
}
