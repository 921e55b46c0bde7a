import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutgoingRecord, StreamSink } from '../../src/domain/ports/stream-sink.port.js';
import { freshName } from '../support/engine-of.js';

export interface StreamSinkHarness {
  readonly sink: StreamSink;
  /** As another process would hold it. */
  readonly others: StreamSink;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: StreamSink;
  /** An adapter for an engine that takes fewer records a second than a test sends; unset where there is none. */
  readonly throttled?: StreamSink;
  /** A name that a stream can have there, made of one that is good everywhere. */
  name?(stem: string): string;
  shardCount(streamName: string): Promise<number>;
  /** All records of a stream, shard by shard in order, read as a foreign client does. */
  stored(streamName: string): Promise<{ partitionKey: string; text: string }[][]>;
  storedThrottled?(streamName: string): Promise<{ partitionKey: string; text: string }[][]>;
  close(): Promise<void>;
}

const record = (partitionKey: string, text: string): OutgoingRecord => ({ partitionKey, data: Buffer.from(text) });

/** What every StreamSink adapter promises. */
export function streamSinkContract(engine: string, open: () => Promise<StreamSinkHarness>): void {
  describe(`StreamSink on ${engine}`, () => {
    let at: StreamSinkHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const nameOf = (stem: string): string => at.name?.(stem) ?? stem;
    const stream = async (shards = 1): Promise<string> => {
      const name = nameOf(freshName('sink'));
      await at.sink.ensure(name, shards);
      return name;
    };

    it('creates a stream that can be used at once, with the shards asked for', async () => {
      const name = await stream(3);
      expect(await at.shardCount(name)).toBe(3);
      expect(await at.sink.publish(name, [record('a', 'first')])).toBe(1);
    });

    it('leaves a stream that is there as it is, also when two create it at once', async () => {
      const name = nameOf(freshName('sink'));
      await Promise.all([at.sink.ensure(name, 2), at.others.ensure(name, 2)]);
      await at.sink.ensure(name, 5);
      expect(await at.shardCount(name)).toBe(2);
    });

    it('publishes every record with its key and its bytes', async () => {
      const name = await stream();
      const records = [record('größe', '{"a":1}'), record('b', 'é€😀')];
      expect(await at.sink.publish(name, records)).toBe(2);
      expect((await at.stored(name)).flat()).toEqual([
        { partitionKey: 'größe', text: '{"a":1}' },
        { partitionKey: 'b', text: 'é€😀' },
      ]);
    });

    it('publishes more than one request takes, by number and by bytes, and keeps the order of a key', async () => {
      const name = await stream(2);
      const many = Array.from({ length: 1700 }, (_, index) => record(`k${index % 7}`, String(index)));
      const large = Array.from({ length: 9 }, (_, index) => record('large', `${index}${'x'.repeat(700_000)}`));
      expect(await at.sink.publish(name, [...many, ...large])).toBe(1709);
      const stored = (await at.stored(name)).flat();
      expect(stored).toHaveLength(1709);
      const byKey = new Map<string, number[]>();
      for (const { partitionKey, text } of stored) {
        const numbers = byKey.get(partitionKey) ?? [];
        numbers.push(Number.parseInt(text, 10));
        byKey.set(partitionKey, numbers);
      }
      for (const numbers of byKey.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    });

    it('publishes nothing when there is nothing', async () => {
      const name = await stream();
      expect(await at.sink.publish(name, [])).toBe(0);
      expect((await at.stored(name)).flat()).toEqual([]);
    });

    it('publishes all of what the engine takes only in parts', async () => {
      if (!at.throttled) return;
      const name = freshName('sink');
      await at.throttled.ensure(name, 1);
      const records = Array.from({ length: 2300 }, (_, index) => record(`k${index}`, String(index)));
      expect(await at.throttled.publish(name, records)).toBe(2300);
      const stored = (await at.storedThrottled!(name)).flat().map(({ text }) => text);
      expect(new Set(stored)).toEqual(new Set(records.map((_, index) => String(index))));
    });

    it('names a stream that is not there', async () => {
      await expect(at.sink.publish(nameOf('nowhere'), [record('a', 'x')])).rejects.toMatchObject({
        code: 'stream.unknown',
      });
    });

    it('says that the stream is unreachable', async () => {
      await expect(at.unreachable.ensure(nameOf('s'), 1)).rejects.toMatchObject({ code: 'stream.unreachable' });
      const publishing = at.unreachable.publish(nameOf('s'), [record('a', 'x')]);
      await expect(publishing).rejects.toMatchObject({ code: 'stream.unreachable' });
    });
  });
}
