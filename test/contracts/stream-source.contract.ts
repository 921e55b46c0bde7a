import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AwsCredentials,
  ShardPage,
  ShardPosition,
  StreamIdentity,
  StreamSource,
} from '../../src/domain/ports/stream-source.port.js';
import { compareSequenceNumbers, type StreamRecord } from '../../src/domain/stream-onboarding/stream-record.js';

export interface StreamSourceHarness {
  readonly source: StreamSource;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: StreamSource;
  /** Credentials the engine knows, and some it does not; unset where it knows no difference. */
  readonly callers?: { readonly known: AwsCredentials; readonly unknown: AwsCredentials };
  /** How long an iterator can be left unused, where a test can wait for it. */
  readonly iteratorLifeMs?: number;
  createStream(shards: number): Promise<string>;
  put(streamName: string, data: string | Uint8Array, partitionKey?: string): Promise<{ sequenceNumber: string }>;
  /** How streams are named and told apart there. */
  readonly names: StreamNames;
  /** Splits the only open shard in the middle; unset where shards are never closed. */
  split?(streamName: string): Promise<void>;
  /** Merges the two open shards. */
  merge?(streamName: string): Promise<void>;
  /** Whether events come in aggregates of the Kinesis Producer Library. */
  readonly isAggregated?: boolean;
  close(): Promise<void>;
}

export interface StreamNames {
  /** A name, an ARN and a shard that a stream could have, and none has. */
  readonly nobody: { readonly name: string; readonly arn: string; readonly shardId: string };
  /** What the ARN of a stream looks like. */
  arn(streamName: string): RegExp;
  readonly retentionHours: number;
}

const { RecordAggregator } = createRequire(import.meta.url)('aws-kinesis-agg') as {
  RecordAggregator: new () => {
    addUserRecord(record: { partitionKey: string; explicitHashKey?: string; data: Buffer }): void;
    build(): { partitionKey: string; data: Buffer };
  };
};

const text = ({ data }: StreamRecord): string => Buffer.from(data).toString();
const TRIM_HORIZON: ShardPosition = { kind: 'trim-horizon' };

/** What every StreamSource adapter promises. */
export function streamSourceContract(engine: string, open: () => Promise<StreamSourceHarness>): void {
  describe(`StreamSource on ${engine}`, () => {
    let at: StreamSourceHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const shardsOf = async (streamName: string) => {
      const { arn } = await at.source.describe(streamName, 'service');
      return { arn, shards: await at.source.shards(arn, 'service') };
    };
    const reading = async (
      streamName: string,
      from: ShardPosition,
      signal: AbortSignal,
      shardId?: string,
    ): Promise<AsyncIterable<ShardPage>> => {
      const { arn: streamArn, shards } = await shardsOf(streamName);
      return at.source.read({ streamArn, shardId: shardId ?? shards[0]!.shardId, from, identity: 'service' }, signal);
    };
    /** Reads until the shard has nothing more for now, or ends. */
    const readAll = async (streamName: string, from = TRIM_HORIZON, shardId?: string): Promise<StreamRecord[]> => {
      const records: StreamRecord[] = [];
      for await (const page of await reading(streamName, from, new AbortController().signal, shardId)) {
        records.push(...page.records);
        if (page.behindMs === 0 && page.records.length === 0) break;
      }
      return records;
    };
    const filled = async (...texts: string[]): Promise<{ streamName: string; numbers: string[] }> => {
      const streamName = await at.createStream(1);
      const numbers: string[] = [];
      for (const one of texts) numbers.push((await at.put(streamName, one)).sequenceNumber);
      return { streamName, numbers };
    };

    describe('what there is', () => {
      it('lists streams by name, in order', async () => {
        const made = [await at.createStream(1), await at.createStream(1)];
        const names = await at.source.list('service');
        expect(names).toEqual([...names].sort());
        expect(names).toEqual(expect.arrayContaining(made));
      });

      it('describes a stream', async () => {
        const name = await at.createStream(3);
        const description = await at.source.describe(name, 'service');
        expect(description).toMatchObject({ name, openShards: 3, retentionHours: at.names.retentionHours });
        expect(description.arn).toMatch(at.names.arn(name));
      });

      it('names a stream that is not there', async () => {
        const { name, arn } = at.names.nobody;
        await expect(at.source.describe(name, 'service')).rejects.toMatchObject({ code: 'stream.unknown' });
        await expect(at.source.shards(arn, 'service')).rejects.toMatchObject({ code: 'stream.unknown' });
      });

      it('lists open shards', async () => {
        const { shards } = await shardsOf(await at.createStream(3));
        expect(shards.map(({ parentShardIds, closed }) => ({ parentShardIds, closed }))).toEqual(
          Array.from({ length: 3 }, () => ({ parentShardIds: [], closed: false })),
        );
        expect(new Set(shards.map(({ shardId }) => shardId)).size).toBe(3);
      });

      it('lists closed shards too, parents before children, with one parent after a split and two after a merge', async () => {
        if (at.split === undefined || at.merge === undefined) return;
        const streamName = await at.createStream(1);
        await at.split(streamName);
        await at.merge(streamName);
        const { shards } = await shardsOf(streamName);
        const [first, left, right] = shards.map(({ shardId }) => shardId);
        expect(shards.map(({ closed }) => closed)).toEqual([true, true, true, false]);
        expect(shards.map(({ parentShardIds }) => [...parentShardIds].sort())).toEqual([
          [],
          [first],
          [first],
          [left, right],
        ]);
      });
    });

    describe('whose rights are used', () => {
      it('takes credentials that are right and refuses others, whatever is asked', async () => {
        if (!at.callers) return;
        const { known, unknown } = at.callers;
        const name = await at.createStream(1);
        const { arn } = await at.source.describe(name, known);
        expect(await at.source.list(known)).toContain(name);
        const wrong: StreamIdentity[] = [unknown, { ...known, secretKey: `${known.secretKey}x` }];
        for (const identity of wrong) {
          const read = async () => {
            const shard = { streamArn: arn, shardId: 'shardId-000000000000', from: TRIM_HORIZON, identity };
            for await (const page of at.source.read(shard, new AbortController().signal)) return page;
            return undefined;
          };
          for (const ask of [
            () => at.source.list(identity),
            () => at.source.describe(name, identity),
            () => at.source.shards(arn, identity),
            read,
          ]) {
            await expect(ask()).rejects.toMatchObject({ code: 'credentials.refused' });
          }
        }
        expect(await at.source.list('service')).toContain(name);
      });
    });

    describe('reading', () => {
      it('gives each record once, in order, with everything it has', async () => {
        const before = Date.now();
        const { streamName, numbers } = await filled('one', 'two', 'three');
        const records = await readAll(streamName);
        expect(records.map(text)).toEqual(['one', 'two', 'three']);
        expect(records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(numbers);
        expect([...numbers].sort(compareSequenceNumbers)).toEqual(numbers);
        for (const record of records) {
          expect(record).toMatchObject({ subSequenceNumber: 0, partitionKey: 'key' });
          expect(record.arrivedAtMs).toBeGreaterThanOrEqual(before - 1000);
          expect(record.arrivedAtMs).toBeLessThanOrEqual(Date.now() + 1000);
        }
      });

      it('keeps bytes that are no text', async () => {
        const streamName = await at.createStream(1);
        const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
        await at.put(streamName, bytes);
        const [record] = await readAll(streamName);
        expect(Buffer.from(record!.data).equals(Buffer.from(bytes))).toBe(true);
      });

      it('starts at a record, behind it, or at a time', async () => {
        const { streamName, numbers } = await filled('one', 'two', 'three');
        const from = (position: ShardPosition) => readAll(streamName, position).then((records) => records.map(text));
        expect(await from({ kind: 'at', sequenceNumber: numbers[1]! })).toEqual(['two', 'three']);
        expect(await from({ kind: 'after', sequenceNumber: numbers[1]! })).toEqual(['three']);
        expect(await from({ kind: 'after', sequenceNumber: numbers[2]! })).toEqual([]);
        expect(await from({ kind: 'at-time', ms: Date.now() - 3_600_000 })).toEqual(['one', 'two', 'three']);
      });

      it('gives what comes later to a reader that started at the end, and nothing of before', async () => {
        const { streamName } = await filled('before');
        const stop = new AbortController();
        const seen: string[] = [];
        for await (const { records } of await reading(streamName, { kind: 'latest' }, stop.signal)) {
          if (seen.length === 0 && records.length === 0) {
            await at.put(streamName, 'later');
            await at.put(streamName, 'last');
          }
          seen.push(...records.map(text));
          if (seen.includes('last')) break;
        }
        expect(seen.filter((one) => one !== 'later' && one !== 'last')).toEqual([]);
        expect(seen).toContain('later');
      });

      it('reads on from where it was, page after page, while records come in', async () => {
        const streamName = await at.createStream(1);
        const stop = new AbortController();
        const seen: string[] = [];
        let put = 0;
        for await (const { records } of await reading(streamName, TRIM_HORIZON, stop.signal)) {
          seen.push(...records.map(text));
          if (seen.length === 12) break;
          for (let more = 0; more < 3 && put < 12; more += 1) await at.put(streamName, `record ${put++}`);
        }
        expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => `record ${index}`));
      });

      it('yields empty pages that say it is caught up', async () => {
        const { streamName } = await filled('one');
        const pages: ShardPage[] = [];
        for await (const page of await reading(streamName, TRIM_HORIZON, new AbortController().signal)) {
          if (pages.push(page) === 4) break;
        }
        expect(pages.slice(1)).toEqual(Array.from({ length: 3 }, () => ({ records: [], behindMs: 0 })));
      });

      it('reads nothing ahead: what was put after a page is in the next one', async () => {
        const { streamName } = await filled('one');
        const pages = (await reading(streamName, TRIM_HORIZON, new AbortController().signal))[Symbol.asyncIterator]();
        expect((await pages.next()).value?.records.map(text)).toEqual(['one']);
        await sleep(50);
        await at.put(streamName, 'two');
        expect((await pages.next()).value?.records.map(text)).toEqual(['two']);
        await pages.return?.();
      });

      it('ends by itself behind the last record of a closed shard, and its children go on', async () => {
        if (at.split === undefined) return;
        const { streamName } = await filled('one', 'two');
        await at.split(streamName);
        await at.put(streamName, 'three');
        const { arn: streamArn, shards } = await shardsOf(streamName);
        const seen: string[][] = [];
        for (const { shardId, closed } of shards) {
          const shard = { streamArn, shardId, from: TRIM_HORIZON, identity: 'service' as const };
          const records: string[] = [];
          for await (const page of at.source.read(shard, new AbortController().signal)) {
            records.push(...page.records.map(text));
            if (!closed && page.records.length === 0 && page.behindMs === 0) break;
          }
          seen.push(records);
        }
        expect(seen[0]).toEqual(['one', 'two']);
        expect(seen.slice(1).flat()).toEqual(['three']);
      });

      it('ends without an error when it is told to stop, before, while and after waiting', async () => {
        const { streamName } = await filled('one');
        const stopped: ShardPage[] = [];
        for await (const page of await reading(streamName, TRIM_HORIZON, AbortSignal.abort())) stopped.push(page);
        expect(stopped).toEqual([]);
        const stop = new AbortController();
        for await (const page of await reading(streamName, TRIM_HORIZON, stop.signal)) {
          if (page.records.length === 0) setTimeout(() => stop.abort(), 5);
        }
        expect(stop.signal.aborted).toBe(true);
      });

      it('goes on when the caller took longer with a page than an iterator lives', async () => {
        if (at.iteratorLifeMs === undefined) return;
        const { streamName } = await filled('one', 'two');
        const seen: string[] = [];
        for await (const { records } of await reading(streamName, TRIM_HORIZON, new AbortController().signal)) {
          seen.push(...records.map(text));
          if (seen.includes('three')) break;
          await sleep(at.iteratorLifeMs * 1.5);
          if (!seen.includes('three')) await at.put(streamName, 'three');
        }
        expect(seen.slice(0, 3)).toEqual(['one', 'two', 'three']);
      });

      it('loses nothing that came after it started at the end, when its first iterator expired', async () => {
        if (at.iteratorLifeMs === undefined) return;
        const { streamName } = await filled('before');
        const seen: string[] = [];
        let isFirst = true;
        for await (const { records } of await reading(streamName, { kind: 'latest' }, new AbortController().signal)) {
          seen.push(...records.map(text));
          if (seen.includes('later')) break;
          if (isFirst) {
            await at.put(streamName, 'later');
            await sleep(at.iteratorLifeMs * 1.5);
          }
          isFirst = false;
        }
        expect(seen).toEqual(['later']);
      });

      it('opens what the Kinesis Producer Library has packed, each event at its place', async () => {
        if (!at.isAggregated) return;
        const streamName = await at.createStream(1);
        const aggregator = new RecordAggregator();
        for (const n of [1, 2, 3]) aggregator.addUserRecord({ partitionKey: `k${n}`, data: Buffer.from(`event ${n}`) });
        const packed = aggregator.build();
        await at.put(streamName, 'plain');
        const { sequenceNumber } = await at.put(streamName, packed.data, packed.partitionKey);
        await at.put(streamName, 'plain too');
        const records = await readAll(streamName);
        expect(records.map(text)).toEqual(['plain', 'event 1', 'event 2', 'event 3', 'plain too']);
        expect(records.slice(1, 4).map((record) => [record.sequenceNumber, record.subSequenceNumber])).toEqual(
          [0, 1, 2].map((sub) => [sequenceNumber, sub]),
        );
        expect(records.slice(1, 4).map(({ partitionKey }) => partitionKey)).toEqual(['k1', 'k2', 'k3']);
      });

      it('leaves out packed events that belong to another shard', async () => {
        if (!at.isAggregated || at.split === undefined) return;
        const streamName = await at.createStream(1);
        await at.split(streamName);
        const aggregator = new RecordAggregator();
        const lowest = { partitionKey: 'low', explicitHashKey: '0', data: Buffer.from('low') };
        const highest = { partitionKey: 'high', explicitHashKey: String(2n ** 128n - 1n), data: Buffer.from('high') };
        aggregator.addUserRecord(lowest);
        aggregator.addUserRecord(highest);
        const packed = aggregator.build();
        await at.put(streamName, packed.data, packed.partitionKey);
        const { shards } = await shardsOf(streamName);
        const perShard = await Promise.all(
          shards.filter(({ closed }) => !closed).map(({ shardId }) => readAll(streamName, TRIM_HORIZON, shardId)),
        );
        expect(perShard.flat()).toHaveLength(1);
        expect(['low', 'high']).toContain(text(perShard.flat()[0]!));
      });

      it('names a shard that is not there', async () => {
        const { streamName } = await filled('one');
        await expect(readAll(streamName, TRIM_HORIZON, at.names.nobody.shardId)).rejects.toMatchObject({
          code: 'stream.unknown',
        });
      });
    });

    it('says that the stream is unreachable when it stays so', async () => {
      const { name, arn: streamArn, shardId } = at.names.nobody;
      const shard = { streamArn, shardId, from: TRIM_HORIZON, identity: 'service' as const };
      const asked = await Promise.allSettled([
        at.unreachable.list('service'),
        at.unreachable.describe(name, 'service'),
        at.unreachable.shards(streamArn, 'service'),
        (async () => {
          for await (const page of at.unreachable.read(shard, new AbortController().signal)) return page;
          return undefined;
        })(),
      ]);
      expect(asked).toEqual(
        asked.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'stream.unreachable' }) })),
      );
    });
  });
}
