import { appendFile, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewRecord } from '../../../../src/infrastructure/embedded/kinesis/frame.js';
import { ShardSequence } from '../../../../src/infrastructure/embedded/kinesis/sequence-number.js';
import {
  ShardLog,
  type ShardLogOptions,
  ShardOverloaded,
} from '../../../../src/infrastructure/embedded/kinesis/shard-log.js';
import { temporaryFolder } from '../../../support/kinesis-engines.js';

const OPTIONS: ShardLogOptions = {
  now: Date.now,
  fsync: false,
  segmentBytes: 16 * 1024 * 1024,
  segmentAgeMs: 3_600_000,
};
const EVERYTHING = { records: 100_000, payloadBytes: Number.POSITIVE_INFINITY };
const SEQUENCE = new ShardSequence(3, 1_800_000_000);

describe('The log of a shard', () => {
  let folder: string;
  let opened: ShardLog[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    opened = [];
  });
  afterEach(async () => {
    // Several logs on one folder stand for one that crashed and one that came after: only their files need closing.
    await Promise.allSettled(opened.map((log) => log.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const openLog = async (options: Partial<ShardLogOptions> = {}): Promise<ShardLog> => {
    const log = await ShardLog.open(folder, SEQUENCE, { ...OPTIONS, ...options });
    opened.push(log);
    return log;
  };
  const files = async (end: string) => (await readdir(folder)).filter((name) => name.endsWith(end)).sort();
  const lastLog = async () => join(folder, (await files('.log')).at(-1)!);

  it('gives back after a crash what was appended before it', async () => {
    const log = await openLog();
    const numbers = await log.append(records('a', 'b', 'c'));
    const again = await openLog(); // the first was never closed, as by kill -9
    expect(await wordsOf(again)).toEqual(['a', 'b', 'c']);
    expect(BigInt((await again.append(records('d')))[0]!)).toBeGreaterThan(BigInt(numbers.at(-1)!));
    expect(await wordsOf(again)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('cuts off a last record torn at any byte, and goes on behind the one before', async () => {
    const log = await openLog();
    await log.append(records('whole'));
    const path = await lastLog();
    const { size: whole } = await stat(path);
    await log.append(records('torn'));
    const bytes = await readFile(path);
    for (let length = whole; length < bytes.length; length += 7) {
      await truncate(path, length);
      const recovered = await openLog();
      expect(await wordsOf(recovered)).toEqual(['whole']);
      expect((await stat(path)).size).toBe(whole);
      await recovered.append(records('next'));
      expect(await wordsOf(await openLog())).toEqual(['whole', 'next']);
      await truncate(path, 0);
      await appendFile(path, bytes);
    }
  });

  it('cuts off a last record whose bytes are not what was written', async () => {
    const log = await openLog();
    await log.append(records('whole', 'damaged'));
    const path = await lastLog();
    await flipByte(path, (await stat(path)).size - 5);
    expect(await wordsOf(await openLog())).toEqual(['whole']);
    await appendFile(path, Buffer.alloc(5000)); // what a file system may leave behind
    expect(await wordsOf(await openLog())).toEqual(['whole']);
  });

  it('refuses to open when a record in the middle is damaged, instead of losing all behind it', async () => {
    const log = await openLog({ segmentBytes: 1000 });
    for (const word of words(20)) await log.append(records(word));
    await log.close();
    const [first] = await files('.log');
    await flipByte(join(folder, first!), 100);
    await rm(join(folder, first!.replace('.log', '.idx')));
    await expect(openLog()).rejects.toMatchObject({ code: 'engine.unavailable' });
  });

  it('reads across segments, from any record, and without their indexes as well', async () => {
    const log = await openLog({ segmentBytes: 1000 });
    for (const word of words(50)) await log.append(records(word));
    expect((await files('.log')).length).toBeGreaterThan(5);
    await log.close();
    for (const withIndexes of [true, false]) {
      if (!withIndexes) for (const name of await files('.idx')) await rm(join(folder, name));
      const again = await openLog();
      for (const from of [1, 2, 17, 50, 51]) expect(await wordsOf(again, from)).toEqual(words(50).slice(from - 1));
    }
  });

  it('seeks in a large segment by its sparse index, before and after it is read anew', async () => {
    let nowMs = 1_800_000_000_000;
    const log = await openLog({ now: () => nowMs });
    for (let group = 0; group < 30; group += 1) {
      await log.append(words(200).map((word) => record(`${group}-${word}`)));
      nowMs += 1000;
    }
    for (const shard of [log, await openLog()]) {
      expect(await shard.indexAtTime(1_800_000_017_000)).toBe(17 * 200 + 1);
      expect(await shard.indexAtTime(1_800_000_016_001)).toBe(17 * 200 + 1);
      const page = await shard.read(4321, { records: 2, payloadBytes: 1000 });
      expect(page.bodies.map(wordOf)).toEqual(['21-word-120', '21-word-121']);
    }
  });

  it('stops at the number of records and at their size, but always hands out one', async () => {
    const log = await openLog();
    await log.append(records('aaaa', 'bbbb', 'cccc'));
    expect(await wordsOf(log, 1, { records: 2, payloadBytes: 1000 })).toEqual(['aaaa', 'bbbb']);
    expect(await wordsOf(log, 1, { records: 9, payloadBytes: 11 })).toEqual(['aaaa', 'bbbb']);
    expect(await wordsOf(log, 2, { records: 9, payloadBytes: 1 })).toEqual(['bbbb']);
  });

  it('reads a record that is longer than a whole read', async () => {
    const log = await openLog();
    const long = 'x'.repeat(3_000_000);
    await log.append(records('before', long, 'after'));
    for (const shard of [log, await openLog()]) expect(await wordsOf(shard)).toEqual(['before', long, 'after']);
  });

  it('keeps the order of concurrent appends, each of them in one piece', async () => {
    const log = await openLog();
    const groups = Array.from({ length: 50 }, (_, group) => [`${group}a`, `${group}b`, `${group}c`]);
    const numbers = await Promise.all(groups.map((group) => log.append(records(...group))));
    expect(await wordsOf(log)).toEqual(groups.flat());
    const values = numbers.flat().map(BigInt);
    expect(values.every((value, at) => at === 0 || value > values[at - 1]!)).toBe(true);
  });

  it('never lets the time of arrival fall, even if the clock does', async () => {
    let nowMs = 1_800_000_010_000;
    const log = await openLog({ now: () => nowMs });
    await log.append(records('a'));
    nowMs = 1_800_000_000_000;
    await log.append(records('b'));
    const times = (await log.read(1, EVERYTHING)).bodies.map((body) => parse(body).ApproximateArrivalTimestamp);
    expect(times).toEqual([1_800_000_010, 1_800_000_010]);
  });

  it('fails the appends it cannot write, and takes the next ones', async () => {
    const log = await openLog({ segmentBytes: 1 });
    await log.append(records('before'));
    await rm(folder, { recursive: true }); // the next append needs a new segment
    await expect(log.append(records('lost'))).rejects.toMatchObject({ code: 'ENOENT' });
    const again = await openLog();
    await again.append(records('after'));
    expect(await wordsOf(again)).toEqual(['after']);
  });

  it('refuses more records than may wait for the disk', async () => {
    const log = await openLog();
    const many = Array.from({ length: 9 }, () => record('y'.repeat(6_000_000)));
    const outcomes = await Promise.allSettled(many.map((one) => log.append([one])));
    const refused = outcomes.filter(
      (outcome) => outcome.status === 'rejected' && outcome.reason instanceof ShardOverloaded,
    );
    expect(refused.length).toBeGreaterThan(0);
    const written = outcomes.filter(({ status }) => status === 'fulfilled');
    expect((await log.read(1, EVERYTHING)).bodies).toHaveLength(written.length);
    await log.append(records('room again'));
  });

  it('remembers where it was when retention has removed every record', async () => {
    let nowMs = 1_800_000_000_000;
    const log = await openLog({ now: () => nowMs });
    await log.append(records('a', 'b'));
    nowMs += 1000;
    await log.trim(nowMs);
    expect(await wordsOf(log)).toEqual([]);
    const again = await openLog();
    const [number] = await again.append(records('c'));
    expect(SEQUENCE.indexOf(number!)).toBe(3);
    expect(await wordsOf(again, 1)).toEqual(['c']);
  });

  it('closes a segment by its age, so that retention can remove it', async () => {
    let nowMs = 1_800_000_000_000;
    const log = await openLog({ now: () => nowMs });
    await log.append(records('a'));
    nowMs += 3_600_000;
    await log.append(records('b'));
    expect(await files('.log')).toHaveLength(2);
    await log.trim(nowMs);
    expect(await files('.log')).toHaveLength(1);
    expect(await wordsOf(log)).toEqual(['b']);
  });

  it('waits for the disk when it is told to', async () => {
    const log = await openLog({ fsync: true });
    await log.append(records('a'));
    expect(await wordsOf(await openLog())).toEqual(['a']);
  });
});

function words(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `word-${at}`);
}

function record(text: string): NewRecord {
  return { data: Buffer.from(text).toString('base64'), partitionKey: 'k', payloadBytes: text.length + 1 };
}

function records(...texts: string[]): NewRecord[] {
  return texts.map(record);
}

function parse(body: Buffer): { Data: string; ApproximateArrivalTimestamp: number } {
  return JSON.parse(body.subarray(1).toString()) as { Data: string; ApproximateArrivalTimestamp: number };
}

function wordOf(body: Buffer): string {
  return Buffer.from(parse(body).Data, 'base64').toString();
}

async function wordsOf(log: ShardLog, from = 1, limits = EVERYTHING): Promise<string[]> {
  return (await log.read(from, limits)).bodies.map(wordOf);
}

async function flipByte(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  await file.write(Buffer.from([byte[0]! ^ 0xff]), 0, 1, offset);
  await file.close();
}
