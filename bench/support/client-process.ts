import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figures } from './rounds.js';

/** One way in a process of its own, so that its processor time and memory are its own. */
export interface ClientProcess {
  run(round: number): Promise<Figures>;
  stop(): Promise<void>;
}

/** @param script beside this folder, without its ending */
export async function startClient(script: string, argument: unknown): Promise<ClientProcess> {
  const child = fork(join(import.meta.dirname, '..', 'clients', `${script}.js`), [JSON.stringify(argument)]);
  const exited = once(child, 'exit');
  const answer = async <T>(): Promise<T> => {
    const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
    if (first === undefined) throw new Error(`The client ${script} ended.`);
    return first[0] as T;
  };
  await answer();
  return {
    run: async (round) => {
      const reply = answer<Figures>();
      child.send({ round });
      return reply;
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** The child's side: answers each round with what it took, until the parent lets go. */
export function serveRounds(run: (round: number) => Promise<Figures>, close: () => Promise<void>): void {
  process.on('message', ({ round }: { round: number }) => {
    void run(round).then((figures) => process.send?.(figures));
  });
  process.once('disconnect', () => {
    void close().then(() => process.exit());
  });
  process.send?.('ready');
}

export function clientArgument(): unknown {
  return JSON.parse(process.argv[2] ?? 'null');
}
