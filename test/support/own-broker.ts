import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/kafka-broker.mjs');

export interface BrokerAddress {
  readonly bootstrap: string;
  /** Where a user and a password are asked for. */
  readonly sasl: string;
  readonly username: string;
  readonly password: string;
  readonly pid: number;
}

/** A broker for one test, which may end it and start it again with its data and its ports. */
export class OwnBroker {
  address!: BrokerAddress;
  private child!: ChildProcess;

  private constructor(private readonly folder: string) {}

  static async start(): Promise<OwnBroker> {
    const broker = new OwnBroker(await mkdtemp(join(tmpdir(), 'penstock-own-kafka-')));
    await broker.resume();
    return broker;
  }

  async resume(): Promise<void> {
    const words = [SCRIPT, '--json', '--folder', this.folder];
    this.child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    this.child.stdout!.on('data', (chunk) => (text += String(chunk)));
    while (!text.includes('\n')) {
      const ended = await Promise.race([
        once(this.child.stdout!, 'data'),
        once(this.child, 'exit').then(() => 'ended'),
      ]);
      if (ended === 'ended') throw new Error('The broker did not start.');
    }
    this.address = JSON.parse(text) as BrokerAddress;
  }

  /** In order, or as it falls: the broker's process is killed then, and the script ends by itself. */
  async end(how: 'stopped' | 'killed' = 'stopped'): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    if (how === 'killed') process.kill(this.address.pid, 'SIGKILL');
    else this.child.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
