import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SETTINGS_VARIABLE, type EngineArguments, type EngineMessage } from '../engine-child.js';
import type { EngineName } from '../engines.js';
import type { BoundedLog } from './bounded-log.js';

/** How long an engine may take to close its data before it is killed; it recovers at its next start. */
const STOP_LIMIT_MS = 12_000;

export interface EngineLaunch {
  readonly engine: EngineName;
  readonly args: EngineArguments;
  readonly settings: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: BoundedLog;
  readonly timeoutMs: number;
  readonly onStep: (text: string) => void;
}

/** The start failed; `fatal`: it always will. The message is for people. */
export class EngineStartFailed extends Error {
  override readonly name = 'EngineStartFailed';
  constructor(
    message: string,
    readonly fatal: boolean,
  ) {
    super(message);
  }
}

/** One life of an engine's process. */
export class EngineProcess {
  /** How it ended, in words. */
  readonly exited: Promise<string>;
  private fatal: string | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly launch: EngineLaunch,
  ) {
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
    const expired = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const fail = (text: string) => reject(new EngineStartFailed(text, this.fatal !== undefined));
      this.child.on('message', (message: EngineMessage) => {
        if ('ready' in message) resolve(message.port);
        else if ('step' in message) this.launch.onStep(message.step);
        else this.fatal = message.fatal;
      });
      // A tick later, so that what it last wrote has been read.
      void this.exited.then((how) => setImmediate(() => fail(this.fatal ?? how)));
      expired.addEventListener('abort', () => {
        fail(`was not ready after ${timeoutMs} ms`);
        void this.stop();
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
