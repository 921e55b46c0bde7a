import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Figures } from './rounds.js';

const PYTHON = process.env['BENCH_PYTHON'] ?? 'python3';

/** Spark in a process of its own, which sums the events of a folder anew in each round. */
export interface Spark {
  readonly version: string;
  run(events: number): Promise<Figures>;
  stop(): Promise<void>;
}

/** Undefined where PySpark is not installed for the Python of `BENCH_PYTHON`. */
export async function startSpark(folder: string): Promise<Spark | undefined> {
  const found = spawnSync(PYTHON, ['-c', 'import pyspark; print(pyspark.__version__)'], { encoding: 'utf8' });
  if (found.status !== 0) return undefined;
  const script = join(resolve('bench/clients'), 'windows_spark.py');
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    PYTHON,
    [script, folder, String(availableParallelism())],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const lines = createInterface({ input: child.stdout });
  return {
    version: found.stdout.trim(),
    run: async (events) => {
      const answer = once(lines, 'line');
      child.stdin.write('round\n');
      const [line] = (await answer) as [string];
      return { items: events, ...(JSON.parse(line) as Omit<Figures, 'items'>) };
    },
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
