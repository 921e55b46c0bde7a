import { describe, expect, it } from 'vitest';
import { ShardSequence } from '../../../../src/infrastructure/embedded/kinesis/sequence-number.js';

const CREATED = 1_800_000_000;
const NOW_MS = 1_800_000_100_500;

describe('Sequence numbers', () => {
  const sequence = new ShardSequence(300, CREATED);

  it('have 56 digits, as those of the service', () => {
    expect(sequence.starting).toMatch(/^4\d{55}$/);
    expect(sequence.numberOf(1, NOW_MS)).toMatch(/^4\d{55}$/);
    expect(sequence.ending(NOW_MS)).toMatch(/^4\d{55}$/);
  });

  it('rise from the start of a shard over its records to its end', () => {
    const all = [
      sequence.starting,
      sequence.numberOf(1, NOW_MS),
      sequence.numberOf(2, NOW_MS),
      sequence.numberOf(2 ** 40, NOW_MS),
      sequence.ending(0),
    ];
    expect(all.toSorted()).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
  });

  it('are all smaller than those of a shard created a second later', () => {
    const child = new ShardSequence(0, CREATED + 1);
    expect(BigInt(child.starting)).toBeGreaterThan(BigInt(sequence.ending(NOW_MS)));
  });

  it('tell the place of their record, and only in their own shard', () => {
    const number = sequence.numberOf(12_345, NOW_MS);
    expect(sequence.indexOf(number)).toBe(12_345);
    expect(sequence.indexOf(sequence.starting)).toBe(0);
    expect(sequence.indexOf(sequence.ending(NOW_MS))).toBe(Number.POSITIVE_INFINITY);
    for (const other of [
      new ShardSequence(301, CREATED),
      new ShardSequence(300, CREATED + 1),
      new ShardSequence(300 + 16, CREATED),
    ]) {
      expect(other.indexOf(number)).toBeUndefined();
    }
    for (const foreign of ['0', '1', 'x', '', '9'.repeat(56)]) expect(sequence.indexOf(foreign)).toBeUndefined();
  });
});
