import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../src/domain/errors.js';
import type { OutgoingRecord } from '../../../../src/domain/ports/stream-sink.port.js';
import { TopicLane } from '../../../../src/infrastructure/kafka/topic-lane.js';

const record = (name: string, bytes = 10): OutgoingRecord => ({ partitionKey: name, data: new Uint8Array(bytes) });

/** A lane over a topic that takes its time; what it was sent, and how much of it was under way at once. */
function lane(fails: (names: readonly string[]) => unknown = () => undefined) {
  const sent: string[][] = [];
  const seen = { underWay: 0, most: 0 };
  const made = new TopicLane(async (records) => {
    seen.most = Math.max(seen.most, (seen.underWay += 1));
    await turn();
    seen.underWay -= 1;
    const names = records.map(({ partitionKey }) => partitionKey);
    sent.push(names);
    const failure = fails(names);
    if (failure !== undefined) throw failure;
  }, 200);
  return { made, sent, seen };
}

describe('publishing to one topic', () => {
  it('sends one request after another, in order, and together what came meanwhile', async () => {
    const { made, sent, seen } = lane();
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => made.publish([record(name)])));
    expect(sent.flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(sent.map(({ length }) => length)).toEqual([1, 4, 3]); // of 43 bytes each
    expect(seen.most).toBe(1);
    expect(made.isIdle).toBe(true);
  });

  it('goes on after a failure, which everybody in the request is told', async () => {
    const outage = new PenstockError('stream.unreachable', 'away');
    const { made } = lane((names) => (names.includes('b') ? outage : undefined));
    const asked = await Promise.allSettled(['a', 'b', 'c'].map((name) => made.publish([record(name)])));
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await made.publish([record('d')]);
  });

  it('tells only its own publisher of a record that is too large', async () => {
    const tooLarge = new PenstockError('record.too-large', 'too large');
    const { made } = lane((names) => (names.includes('large') ? tooLarge : undefined));
    const asked = await Promise.allSettled(['a', 'b', 'large', 'c'].map((name) => made.publish([record(name)])));
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
