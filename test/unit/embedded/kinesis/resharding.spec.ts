import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashKeyAfter,
  hashKeyFromNumber,
  hashKeyNumber,
  uniformRanges,
} from '../../../../src/infrastructure/embedded/kinesis/hash-key.js';
import {
  mergeShards,
  resizeUniformly,
  splitShard,
} from '../../../../src/infrastructure/embedded/kinesis/resharding.js';
import { openShards, type StreamMetadata } from '../../../../src/infrastructure/embedded/kinesis/stream-metadata.js';

const NOW_MS = 1_800_000_000_000;

describe('Resharding', () => {
  it('always covers every hash key once, with closed parents of earlier seconds', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('split' as const),
        shard: fc.nat(20),
        at: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      }),
      fc.record({ kind: fc.constant('merge' as const), shard: fc.nat(20) }),
      fc.record({ kind: fc.constant('resize' as const), count: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 12 }), (count, steps) => {
        let stream = streamOf(count);
        for (const one of steps) stream = apply(stream, one);
        expectSound(stream);
        expect(new Set(stream.shards.map(({ index }) => index)).size).toBe(stream.nextShardIndex);
      }),
      { numRuns: 200 },
    );
  });

  it('makes shards of exactly equal size', () => {
    const resized = resizeUniformly(streamOf(5), 3, NOW_MS);
    const ranges = sorted(resized).map(({ start, end }) => ({ start, end }));
    expect(ranges).toEqual(uniformRanges(3));
  });

  it('refuses to merge shards that do not touch, or the same one twice', () => {
    const refused = expect.objectContaining({ code: 'InvalidArgumentException' });
    expect(() => mergeShards(streamOf(3), 0, 2, NOW_MS)).toThrow(refused);
    expect(() => mergeShards(streamOf(3), 1, 1, NOW_MS)).toThrow(refused);
  });

  it('refuses a shard that is closed already', () => {
    const split = splitShard(streamOf(1), 0, hashKeyFromNumber(1n << 127n), NOW_MS);
    expect(() => splitShard(split, 0, hashKeyFromNumber(5n), NOW_MS)).toThrow(
      expect.objectContaining({ code: 'InvalidArgumentException' }),
    );
  });
});

type Step =
  | { kind: 'split'; shard: number; at: number }
  | { kind: 'merge'; shard: number }
  | { kind: 'resize'; count: number };

function apply(stream: StreamMetadata, step: Step): StreamMetadata {
  const open = sorted(stream);
  if (step.kind === 'resize') return resizeUniformly(stream, step.count, NOW_MS);
  const shard = open[step.shard % open.length]!;
  if (step.kind === 'split') {
    const [low, high] = [hashKeyNumber(shard.start), hashKeyNumber(shard.end)];
    const cut = low + ((high - low) * BigInt(Math.floor(step.at * 1000))) / 1000n;
    return cut > low + 1n && cut < high ? splitShard(stream, shard.index, hashKeyFromNumber(cut), NOW_MS) : stream;
  }
  const next = open[(step.shard % open.length) + 1];
  return next ? mergeShards(stream, next.index, shard.index, NOW_MS) : stream;
}

function expectSound(stream: StreamMetadata): void {
  const open = sorted(stream);
  expect(open[0]!.start).toBe('0'.repeat(32));
  expect(open.at(-1)!.end).toBe('f'.repeat(32));
  open.slice(1).forEach(({ start }, at) => expect(start).toBe(hashKeyAfter(open[at]!.end)));
  for (const { parent, adjacentParent, createdSecond } of stream.shards) {
    for (const index of [parent, adjacentParent]) {
      const older = stream.shards.find((shard) => shard.index === index);
      if (index === undefined) continue;
      expect(older!.closedMs).toBeDefined();
      expect(older!.createdSecond).toBeLessThan(createdSecond);
    }
  }
}

function sorted(stream: StreamMetadata) {
  return openShards(stream).toSorted((a, b) => (a.start < b.start ? -1 : 1));
}

function streamOf(count: number): StreamMetadata {
  return {
    version: 1,
    id: 'id',
    name: 'stream',
    mode: 'PROVISIONED',
    createdMs: NOW_MS,
    retentionHours: 24,
    trimmedBeforeMs: 0,
    maxRecordKiB: 1024,
    tags: {},
    nextShardIndex: count,
    shards: uniformRanges(count).map((range, index) => ({
      index,
      ...range,
      createdSecond: NOW_MS / 1000,
      openedMs: NOW_MS,
    })),
  };
}
