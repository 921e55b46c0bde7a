import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SETTINGS_VARIABLE, type EngineArguments, type EngineMessage } from '../engine-child.js';
import type { EngineName } from '../engines.js';
import type { BoundedLog } from './bounded-log.js';

/** How long an engine may take to close its data before it is killed; it recovers at its next start. */
const STOP_LIMIT_MS = 12_000;
const LAST_WORDS_MS = 200;

export interface EngineLaunch {
  readonly engine: EngineName;
  readonly args: EngineArguments;
  readonly settings: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: BoundedLog;
  readonly timeoutMs: number;
  readonly onStep: (text: string) => void;
}

/** `crashed`: may succeed next time. `late`: was stopped unready. `impossible`: the engine itself said why it never will. */
export type StartFailure = 'crashed' | 'late' | 'impossible';

/** The message is for people. */
export class EngineStartFailed extends Error {
  override readonly name = 'EngineStartFailed';
  constructor(
    message: string,
    readonly failure: StartFailure,
  ) {
    super(message);
  }
}

/** One life of an engine's process. */
export class EngineProcess {
  /** How it ended, in words. */
  readonly exited: Promise<string>;
  private readonly closed: Promise<void>;
  private fatal: string | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly launch: EngineLaunch,
  ) {
    this.closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(`could not be run: ${error.message}`));
      child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    });
  }

  static spawn(launch: EngineLaunch): EngineProcess {
    const entry = fileURLToPath(new URL(`../${launch.engine}/main.js`, import.meta.url));
    launch.log.startTail();
    const child = fork(entry, [JSON.stringify(launch.args)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, ...launch.environment, [SETTINGS_VARIABLE]: JSON.stringify(launch.settings) },
    });
    child.stdout?.on('data', (chunk: Buffer) => launch.log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => launch.log.write(chunk));
    return new EngineProcess(child, launch);
  }

  /** Resolves to its port once it is ready. @throws EngineStartFailed */
  async ready(): Promise<number> {
    const { timeoutMs } = this.launch;
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      void this.stop();
    }, timeoutMs);
    const portOrEnd = await Promise.race([this.started(), this.lastWords()]);
    clearTimeout(limit);
    if (typeof portOrEnd === 'number') return portOrEnd;
    if (this.fatal !== undefined) throw new EngineStartFailed(this.fatal, 'impossible');
    if (late) throw new EngineStartFailed(`was not ready after ${timeoutMs} ms`, 'late');
    throw new EngineStartFailed(portOrEnd, 'crashed');
  }

  /** How it ended, once what it last wrote has been read. A child of its own may hold its output open for longer. */
  private async lastWords(): Promise<string> {
    const how = await this.exited;
    await Promise.race([this.closed, sleep(LAST_WORDS_MS)]);
    return how;
  }

  private started(): Promise<number> {
    return new Promise((resolve) => {
      this.child.on('message', (message: EngineMessage) => {
        if ('ready' in message) resolve(message.port);
        else if ('step' in message) this.launch.onStep(message.step);
        else this.fatal = message.fatal;
      });
    });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(killer);
  }
}
