import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { GetRecordsCommand, type KinesisClient, ListStreamsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltEngine, killBuiltEngines } from '../support/built-engines.js';
import { iterator, newStream, put, read, shardsOf, untilActive } from '../support/kinesis-client.js';
import { openOwnEndpoint, startBuiltKinesis, temporaryFolder } from '../support/kinesis-engines.js';

describe('The Kinesis engine as a process of its own', () => {
  let dir: string;
  let started: BuiltEngine<KinesisClient>[];
  beforeEach(async () => {
    dir = await temporaryFolder();
    started = [];
  });
  afterEach(async () => {
    await killBuiltEngines(started);
    await rm(dir, { recursive: true, force: true });
  });

  const start = async (stdio?: 'stdout') => {
    const engine = await startBuiltKinesis(dir, stdio);
    started.push(engine);
    return engine;
  };

  it('keeps every acknowledged record when it is killed, again and again', async () => {
    let { child, client } = await start();
    const StreamName = await newStream(client, 2);
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const producers = [0, 1, 2, 3].map((producer) =>
        produce(client, StreamName, `${round}-${producer}`, acknowledged),
      );
      const wanted = acknowledged.length + 400;
      while (acknowledged.length < wanted) await new Promise((done) => setTimeout(done, 5));
      child.kill('SIGKILL');
      await Promise.all([once(child, 'exit'), ...producers]);
      ({ child, client } = await start());
      const kept = await readAll(client, StreamName);
      expect(new Set(kept).size).toBe(kept.length);
      expect(acknowledged.filter((word) => !kept.includes(word))).toEqual([]);
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s, and goes on where it was', async (signal) => {
    const first = await start('stdout');
    const StreamName = await newStream(first.client);
    const [before] = await put(first.client, StreamName, 'before');
    const place = await iterator(first.client, StreamName, {
      ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
      StartingSequenceNumber: before!.SequenceNumber!,
    });
    first.child.kill(signal);
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    const { client } = await start('stdout');
    await untilActive(client, StreamName);
    const [after] = await put(client, StreamName, 'after');
    expect(BigInt(after!.SequenceNumber!)).toBeGreaterThan(BigInt(before!.SequenceNumber!));
    expect(await read(client, StreamName)).toEqual(['before', 'after']);
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator: place }));
    expect(Records!.map(({ PartitionKey }) => PartitionKey)).toEqual(['after']);
  });

  it('ends when its parent is gone', async () => {
    const { child } = await start();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('keeps a second process out of its folder, also after the first was killed and came back', async () => {
    const { child } = await start();
    await expect(openOwnEndpoint({}, dir)).rejects.toMatchObject({ code: 'engine.unavailable' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const own = await openOwnEndpoint({}, dir);
    await expect(openOwnEndpoint({}, dir)).rejects.toMatchObject({ code: 'engine.unavailable' });
    await own.close();
  });

  it('does not grow with what is stored', async () => {
    const { child, client } = await start();
    const StreamName = await newStream(client);
    const Records = Array.from({ length: 25 }, () => ({ Data: Buffer.alloc(100_000, 'x'), PartitionKey: 'k' }));
    const putMany = async (times: number): Promise<number> => {
      for (let time = 0; time < times; time += 1) await client.send(new PutRecordsCommand({ StreamName, Records }));
      return residentBytes(child);
    };
    const warm = await putMany(10);
    const after = await putMany(40); // 100 MB more, 133 MB on disk
    expect(after - warm).toBeLessThan(60_000_000);
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual([StreamName]);
  });
});

/** Writes until the engine is gone; takes note of what was acknowledged. */
async function produce(client: KinesisClient, StreamName: string, name: string, acknowledged: string[]): Promise<void> {
  for (let round = 0; ; round += 1) {
    const words = Array.from({ length: 20 }, (_, at) => `${name}-${round}-${at}`);
    const Records = words.map((word) => ({ Data: Buffer.from(word), PartitionKey: word }));
    const answered = await client.send(new PutRecordsCommand({ StreamName, Records })).catch(() => undefined);
    if (!answered) return;
    expect(answered.FailedRecordCount).toBe(0);
    acknowledged.push(...words);
  }
}

async function readAll(client: KinesisClient, StreamName: string): Promise<string[]> {
  const words = [];
  for (const { ShardId } of await shardsOf(client, StreamName))
    words.push(...(await read(client, StreamName, { ShardId: ShardId! })));
  return words;
}

async function residentBytes(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => 'VmRSS: 0 kB');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}
