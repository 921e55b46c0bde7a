import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Chance } from './chance.js';
import type { Household, Member } from './household.js';
import { reshard } from './load-stream.js';

export const WORKERS = 2;
const MOST_OPEN_SHARDS = 6;

/**
 * Everything that may happen to a running service, again and again, at moments that a seed decides. The processes
 * themselves do not know the seed: two runs with the same one make the same choices, not the same races.
 */
export class Mischief {
  readonly done = new Map<string, number>();
  private readonly workers: Member[] = [];

  constructor(
    private readonly household: Household,
    private readonly stream: { readonly client: KinesisClient; readonly name: string },
    private readonly options: { readonly chance: Chance; readonly leaseMs: number },
  ) {}

  begin(): void {
    while (this.workers.length < WORKERS) this.hire();
  }

  /** Until told to stop; everything that was stopped goes on again afterwards. */
  async rage(until: AbortSignal): Promise<void> {
    const { chance } = this.options;
    while (!until.aborted) {
      await sleep(chance.between(150, 700));
      const deed = chance.pick<Deed>([
        [30, 'kill a worker'],
        [14, 'kill ClickHouse'],
        [12, 'kill DynamoDB'],
        [4, 'kill PostgreSQL'],
        [14, 'reshard'],
        [8, 'hand over'],
        [6, 'a guest'],
        [10, 'a zombie'],
      ]);
      if (await this[deed]()) this.note(deed);
    }
  }

  /** Ends the workers as a deployment does; what they leave is copied by the next. */
  async end(): Promise<void> {
    for (const worker of this.workers) worker.process.kill('SIGTERM');
    await Promise.all(this.workers.map(({ ended }) => ended));
  }

  private async ['kill a worker'](): Promise<boolean> {
    const worker = this.dismiss();
    worker.process.kill('SIGKILL');
    await worker.ended;
    this.hire();
    return true;
  }

  private async ['hand over'](): Promise<boolean> {
    const worker = this.dismiss();
    worker.process.kill('SIGTERM');
    this.hire();
    return Promise.resolve(true);
  }

  private async ['a guest'](): Promise<boolean> {
    this.hire();
    await sleep(this.options.chance.between(1500, 3000));
    this.dismiss().process.kill(this.options.chance.next() < 0.5 ? 'SIGTERM' : 'SIGKILL');
    return true;
  }

  /** Stopped for longer than its lease; wakes up believing that it still holds it. */
  private async ['a zombie'](): Promise<boolean> {
    const { chance, leaseMs } = this.options;
    const worker = this.workers[chance.below(this.workers.length)]!;
    worker.process.kill('SIGSTOP');
    await sleep(leaseMs + chance.between(300, 1500));
    worker.process.kill('SIGCONT');
    return true;
  }

  private ['kill ClickHouse'] = async (): Promise<boolean> => kill(this.household.engineProcess('clickhouse'));
  private ['kill DynamoDB'] = async (): Promise<boolean> => kill(this.household.engineProcess('dynamodb'));
  private ['kill PostgreSQL'] = async (): Promise<boolean> => kill(this.household.postmaster());

  private async reshard(): Promise<boolean> {
    const { client, name } = this.stream;
    const done = await reshard(client, name, { chance: this.options.chance, most: MOST_OPEN_SHARDS });
    return !done.startsWith('left');
  }

  private hire(): void {
    this.workers.push(this.household.start('worker'));
  }

  /** A worker that is no longer ours: what becomes of it, the caller decides. */
  private dismiss(): Member {
    const [worker] = this.workers.splice(this.options.chance.below(this.workers.length), 1);
    return worker!;
  }

  private note(deed: Deed): void {
    this.done.set(deed, (this.done.get(deed) ?? 0) + 1);
  }
}

type Deed =
  | 'kill a worker'
  | 'kill ClickHouse'
  | 'kill DynamoDB'
  | 'kill PostgreSQL'
  | 'reshard'
  | 'hand over'
  | 'a guest'
  | 'a zombie';

/** @returns false when there was nobody to kill: it is still starting */
async function kill(pid: number | undefined): Promise<boolean> {
  if (pid === undefined) return Promise.resolve(false);
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
