import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineName } from '../../src/infrastructure/embedded/engines.js';

const run = promisify(execFile);

export type Engine = EngineName;

/** The processes of the embedded engines of one home, to be killed, frozen and thawed; never those of another home. */
export class EngineProcesses {
  private held: readonly number[] = [];

  constructor(private readonly home: string) {}

  /** Kills an engine as a crash would, and keeps it from coming back until `release`. */
  async kill(engine: Engine): Promise<void> {
    // A supervisor that is frozen starts nothing.
    await this.freeze([await this.supervisor()]);
    for (const pid of await this.pids(engine)) signal(pid, 'SIGKILL');
  }

  /** Freezes an engine: it takes connections, and answers nothing until `release`. */
  async hang(engine: Engine): Promise<void> {
    await this.freeze(await this.pids(engine));
  }

  release(): void {
    for (const pid of this.held) signal(pid, 'SIGCONT');
    this.held = [];
  }

  private async freeze(pids: readonly number[]): Promise<void> {
    for (const pid of pids) signal(pid, 'SIGSTOP');
    this.held = [...this.held, ...pids];
  }

  private async supervisor(): Promise<number> {
    const { pid } = JSON.parse(await readFile(join(this.home, 'supervisor.json'), 'utf8')) as { pid: number };
    return pid;
  }

  private async pids(engine: Engine): Promise<number[]> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args=']);
    const all = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line));
    const processes = all.flatMap((match) =>
      match ? [{ pid: Number(match[1]), ppid: Number(match[2]), args: match[3]! }] : [],
    );
    const pids = new Set(
      processes
        .filter(({ args }) => args.includes(`/${engine}/main.js`) && args.includes(join(this.home, engine)))
        .map(({ pid }) => pid),
    );
    // PostgreSQL is a family of processes; parents come before their children only by chance.
    for (let before = -1; before !== pids.size;) {
      before = pids.size;
      for (const { pid, ppid } of processes) if (pids.has(ppid)) pids.add(pid);
    }
    if (pids.size === 0) throw new Error(`No process of ${engine} runs for ${this.home}.`);
    return [...pids];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
