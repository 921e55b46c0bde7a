import { describe, expect, it } from 'vitest';
import { CallerSessions } from '../../../../src/application/stream-onboarding/caller-sessions.js';
import {
  SampleStreamHandler,
  SampleStreamQuery,
} from '../../../../src/application/stream-onboarding/sample-stream.query.js';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import { MemoryStreams } from '../../../support/onboarding-memory.js';

const HOUR_MS = 3_600_000;

function world() {
  const streams = new MemoryStreams();
  const clock = new SystemClock();
  const limits = { defaultDatabase: 'default', sessionTtlMs: 1000, maxSessions: 10, queryTimeoutMs: 1000 };
  const handler = new SampleStreamHandler(streams, new CallerSessions(clock, limits), clock);
  const sample = (options: { sampleSize?: number; timeoutMs?: number } = {}) =>
    handler.execute(new SampleStreamQuery('clicks', { timeoutMs: 300, ...options }));
  return { streams, sample };
}

describe('sampling a stream', () => {
  it('gives every shard its share, and the rest to those that have more', async () => {
    const { streams, sample } = world();
    for (let i = 0; i < 500; i += 1) streams.put('clicks', 0, JSON.stringify({ from_0: i }));
    for (let i = 0; i < 500; i += 1) streams.put('clicks', 1, JSON.stringify({ from_1: i }));
    for (let i = 0; i < 5; i += 1) streams.put('clicks', 2, JSON.stringify({ from_2: i }));
    const { evidence } = await sample({ sampleSize: 100 });
    const seen = ['from_0', 'from_1', 'from_2'].map((name) => evidence.columns[name]?.seen);
    expect(evidence.events).toBe(100);
    expect(seen[2]).toBe(5);
    expect(Math.abs((seen[0] ?? 0) - (seen[1] ?? 0))).toBeLessThanOrEqual(1);
  });

  it('prefers the newest, and widens until the sample is full', async () => {
    const { streams, sample } = world();
    const nowMs = Date.now();
    for (let i = 0; i < 50; i += 1) streams.put('clicks', 0, '{"days_old":1}', nowMs - 24 * HOUR_MS);
    for (let i = 0; i < 50; i += 1) streams.put('clicks', 0, '{"minutes_old":1}', nowMs - HOUR_MS / 2);
    for (let i = 0; i < 10; i += 1) streams.put('clicks', 0, '{"new":1}', nowMs);
    const few = await sample({ sampleSize: 10 });
    expect(few.inferredSchema.map(({ name }) => name)).toEqual(['new']);
    const more = await sample({ sampleSize: 30 });
    expect(more.evidence.columns['new']?.seen).toBe(10);
    expect(more.evidence.columns['minutes_old']?.seen).toBe(20);
    const all = await sample({ sampleSize: 1000 });
    expect(all.evidence.events).toBe(110);
    expect(all.sampleEvent).toEqual({ new: 1 });
  });

  it('finds the only record of a stream, days old, in any shard', async () => {
    const { streams, sample } = world();
    streams.put('clicks', 7, '{"id":1}', Date.now() - 100 * HOUR_MS);
    expect((await sample()).sampleEvent).toEqual({ id: 1 });
  });

  it('waits for the first record of an empty stream, as long as there is time', async () => {
    const { streams, sample } = world();
    streams.streams.set('clicks', []);
    streams.put('clicks', 3, '');
    streams.streams.get('clicks')![3]!.records.pop();
    const waiting = sample({ timeoutMs: 60_000 }); // longer than a test may take
    setTimeout(() => streams.put('clicks', 2, '{"late":true}'), 50);
    expect((await waiting).sampleEvent).toEqual({ late: true });
  });

  it('says that an empty stream is empty, and an unknown one unknown', async () => {
    const { streams, sample } = world();
    await expect(sample()).rejects.toMatchObject({ code: 'stream.unknown' });
    streams.put('clicks', 0, '');
    streams.streams.get('clicks')![0]!.records.pop();
    await expect(sample({ timeoutMs: 30 })).rejects.toMatchObject({ code: 'stream.empty' });
  });

  it('counts records that are no JSON objects, and says so when there is nothing else', async () => {
    const { streams, sample } = world();
    streams.put('clicks', 0, 'hello');
    streams.put('clicks', 0, Buffer.from([0xff, 0xfe]));
    await expect(sample()).rejects.toMatchObject({ code: 'schema.invalid' });
    streams.put('clicks', 0, '{"id":12345678901234567890,"x":1.5}');
    const { evidence, sampleEvent } = await sample();
    expect(evidence.unreadable).toMatchObject({ 'not-json': 1, 'not-utf8': 1 });
    expect(sampleEvent).toEqual({ id: '12345678901234567890', x: 1.5 });
  });

  it('ends with an error, not with half a sample, when a shard cannot be read', async () => {
    const { streams, sample } = world();
    for (let shard = 0; shard < 4; shard += 1) streams.put('clicks', shard, '{"id":1}');
    const read = streams.read.bind(streams);
    streams.read = async function* (shard, signal) {
      if (shard.shardId === 'shardId-2') throw new Error('gone');
      yield* read(shard, signal);
    };
    await expect(sample()).rejects.toThrow('gone');
  });
});
